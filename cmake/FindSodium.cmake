# Sodium::sodium. Found by library and header rather than pkg-config, which answers for the build machine when cross-compiling.
find_library(SODIUM_LIBRARY NAMES sodium)
find_path(SODIUM_INCLUDE_DIR sodium.h)
mark_as_advanced(SODIUM_LIBRARY SODIUM_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Sodium REQUIRED_VARS SODIUM_LIBRARY SODIUM_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "(Debian: libsodium-dev)")
if(Sodium_FOUND AND NOT TARGET Sodium::sodium)
  add_library(Sodium::sodium UNKNOWN IMPORTED)
  set_target_properties(Sodium::sodium PROPERTIES
    IMPORTED_LOCATION "${SODIUM_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${SODIUM_INCLUDE_DIR}")
endif()
