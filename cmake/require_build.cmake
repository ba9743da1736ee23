# Ends an installation before its first copy if a file of the build is missing.
#
# Expects KV_STAGE_DIR, and KV_STAGED_FILES, the names of files in it.

foreach(name IN LISTS KV_STAGED_FILES)
  if(NOT EXISTS "${KV_STAGE_DIR}/${name}")
    message(FATAL_ERROR
      "kv is not built yet: ${KV_STAGE_DIR}/${name} is missing. Build it as yourself, not as root, and then "
      "install:\n"
      "  make build && sudo make install\n"
      "or, with CMake:\n"
      "  cmake --build BUILD && sudo cmake --install BUILD")
  endif()
endforeach()
