include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/millwright)

# In a wheel the program belongs beside the Python interpreter, not inside the package.
if(SKBUILD)
  set(program_dir ${SKBUILD_SCRIPTS_DIR})
else()
  set(program_dir ${CMAKE_INSTALL_BINDIR})
endif()

install(DIRECTORY include/millwright DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(TARGETS millwright millwright_numerics EXPORT millwright_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET millwright_tool)
  install(TARGETS millwright_tool RUNTIME DESTINATION ${program_dir})
endif()

configure_package_config_file(cmake/millwright-config.cmake.in ${PROJECT_BINARY_DIR}/millwright-config.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a new minor version may break the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/millwright-config-version.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT millwright_targets NAMESPACE millwright:: FILE millwright-targets.cmake DESTINATION ${package_dir})
install(FILES
  ${PROJECT_BINARY_DIR}/millwright-config.cmake ${PROJECT_BINARY_DIR}/millwright-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindSodium.cmake ${PROJECT_SOURCE_DIR}/cmake/FindFFTW3.cmake
  DESTINATION ${package_dir})

# The library is static, so what it needs is part of what its users link.
set(pc_requires "libsodium")
if(MILLWRIGHT_FFT STREQUAL "fftw")
  string(APPEND pc_requires ", fftw3, fftw3f")
endif()
file(RELATIVE_PATH pc_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/millwright.pc.in ${PROJECT_BINARY_DIR}/millwright.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/millwright.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
