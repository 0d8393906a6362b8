# Installs this build into an empty directory, moves it, and lets a project outside the tree use it; a path that is not
# relative to the package would not survive the move.
set(install_dir ${CMAKE_CURRENT_BINARY_DIR}/install)
add_test(NAME install.stage
  COMMAND sh -c "rm -rf '${install_dir}' && '${CMAKE_COMMAND}' --install '${PROJECT_BINARY_DIR}' --prefix '${install_dir}/first' && mv '${install_dir}/first' '${install_dir}/moved'")
add_test(NAME install.use
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install/run.sh ${install_dir}/moved ${install_dir}/work ${CMAKE_CXX_COMPILER})
set_tests_properties(install.stage PROPERTIES FIXTURES_SETUP installed LABELS slow TIMEOUT 120)
set_tests_properties(install.use PROPERTIES FIXTURES_REQUIRED installed LABELS slow TIMEOUT 300)
if(MILLWRIGHT_SANITIZE)
  # A user's project knows nothing of our sanitizers and would not link.
  set_tests_properties(install.stage install.use PROPERTIES DISABLED ON)
endif()
