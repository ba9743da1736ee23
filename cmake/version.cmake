# The version has one home, Cargo.toml.

# Sets `output` to the version of the package.
function(kv_version_of_package output)
  set(manifest "${CMAKE_CURRENT_SOURCE_DIR}/Cargo.toml")
  file(STRINGS "${manifest}" lines REGEX "^version *= *\"[0-9]+\\.[0-9]+\\.[0-9]+\"")
  list(LENGTH lines count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "${manifest} has ${count} lines with a version; one is expected")
  endif()
  string(REGEX REPLACE "^version *= *\"([^\"]+)\".*" "\\1" version "${lines}")
  set(${output} "${version}" PARENT_SCOPE)
  # A new version must be seen without anybody asking for it.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${manifest}")
endfunction()
