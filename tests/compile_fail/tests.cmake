# Each file compiles as it is, and with -DMUST_FAIL it is refused for the reason given and no other.
function(millwright_compile_fail name reason)
  set(command ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only -I${PROJECT_SOURCE_DIR}/include ${ARGN}
    ${PROJECT_SOURCE_DIR}/tests/compile_fail/${name}.cpp)
  add_test(NAME compile_fail.${name}.control COMMAND ${command})
  add_test(NAME compile_fail.${name} COMMAND ${command} -DMUST_FAIL)
  set_tests_properties(compile_fail.${name} PROPERTIES PASS_REGULAR_EXPRESSION "${reason}")
  set_tests_properties(compile_fail.${name} compile_fail.${name}.control PROPERTIES LABELS fast)
endfunction()

millwright_compile_fail(ignored_result "error: ignoring return.*unused-result" -Werror=unused-result)
millwright_compile_fail(value_without_exceptions "error: .*no member named .*value" -fno-exceptions)
