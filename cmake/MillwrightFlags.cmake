# Compile flags, as interface targets:
#   millwright::numerics       exported: what arithmetic needs to give the same bits everywhere. Link it to code with stages of your own.
#   millwright_private_flags   numerics plus warnings and hidden symbols; for every target of this project, never exported.
#   millwright_no_exceptions   list of flags for the library.
# and how to compile in less time:
#   millwright_precompile(TARGET HEADER...)  millwright_at_o1   what is not worth -O3: glue, JSON, the program, tests, bindings.

add_library(millwright_numerics INTERFACE)
add_library(millwright::numerics ALIAS millwright_numerics)
set_target_properties(millwright_numerics PROPERTIES EXPORT_NAME numerics)
# GCC's SLP vectoriser fuses multiply and add on its own when the instruction set allows, whatever -ffp-contract says.
target_compile_options(millwright_numerics INTERFACE
  $<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-ffp-contract=off>
  $<$<CXX_COMPILER_ID:GNU>:-fno-tree-slp-vectorize>)

add_library(millwright_private_flags INTERFACE)
target_link_libraries(millwright_private_flags INTERFACE millwright_numerics)
target_compile_options(millwright_private_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -fvisibility=hidden -fvisibility-inlines-hidden
  # GCC 12 warns of std::string's own operator+ and of vectors of variants that grow (GCC bug 105651 and its kin), the more so with
  # precompiled headers. clang's warnings and the sanitizers look for the real thing.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow;-Wno-maybe-uninitialized>"
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=  # no path of the building machine in what is shipped
  # A section for each function, so that a linker with --gc-sections leaves out the stages that a program does not use.
  -ffunction-sections -fdata-sections
  $<$<BOOL:${MILLWRIGHT_WERROR}>:-Werror>)
target_link_options(millwright_private_flags INTERFACE $<$<PLATFORM_ID:Linux>:-Wl,--gc-sections>)

set(millwright_at_o1 $<$<CONFIG:Release>:-O1>)

# Headers of the standard library are half of what a small file compiles. Only with GCC, whose precompiled headers ccache can share
# between checkouts; clang's builds show that every file includes what it needs.
set(millwright_standard_headers
  <algorithm> <array> <bit> <charconv> <cmath> <complex> <cstddef> <cstdint> <cstring> <limits> <memory> <numeric> <optional> <span>
  <string> <string_view> <tuple> <type_traits> <utility> <variant> <vector>)
function(millwright_precompile target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_precompile_headers(${target} PRIVATE ${millwright_standard_headers} ${ARGN})
  endif()
endfunction()

if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  # Counters of a state have 64 bits on every machine, because a checkpoint goes from one to another; they are checked as such before
  # they index anything. Builds for 64 bits keep the warning.
  target_compile_options(millwright_private_flags INTERFACE -Wno-conversion)
endif()

set(millwright_no_exceptions -fno-exceptions -fno-rtti)
if(MILLWRIGHT_NOEXCEPT)
  target_compile_options(millwright_private_flags INTERFACE ${millwright_no_exceptions})
endif()

if(MILLWRIGHT_SANITIZE)
  # The first report ends the process, so that a test cannot pass with one.
  # GCC's flow analysis does not see through its own instrumentation, so that warning is left to the other builds.
  # The check of dynamic types needs RTTI, which the library does without. Tracking variables through instrumented kernels takes GCC minutes.
  add_compile_options(-fsanitize=${MILLWRIGHT_SANITIZE} -fno-sanitize-recover=all -fno-sanitize=vptr -fno-omit-frame-pointer -fno-var-tracking -Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${MILLWRIGHT_SANITIZE})
endif()
