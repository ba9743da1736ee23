# Runs a portfile on doubles of vcpkg's functions: a build and its installation are a copy of the
# binary archive, with the layout that vcpkg documents.
#
#   cmake -DPORT_DIR=FOLDER -DINSTALLATION=FOLDER -DWORK=FOLDER -P doubles.cmake
#
# The package is in WORK/package. WORK/options has a line for each option that the portfile sets.

set(PORT kv)
set(CURRENT_BUILDTREES_DIR "${WORK}/build")
set(CURRENT_PACKAGES_DIR "${WORK}/package")

function(vcpkg_extract_source_archive output)
  cmake_parse_arguments(arg "" ARCHIVE "" ${ARGN})
  file(ARCHIVE_EXTRACT INPUT "${arg_ARCHIVE}" DESTINATION "${CURRENT_BUILDTREES_DIR}/src")
  file(GLOB folder "${CURRENT_BUILDTREES_DIR}/src/*")
  set(${output} "${folder}" PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
  cmake_parse_arguments(arg "" SOURCE_PATH OPTIONS ${ARGN})
  if(NOT EXISTS "${arg_SOURCE_PATH}/CMakeLists.txt" OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${arg_SOURCE_PATH} has no CMakeLists.txt, or an argument is unknown")
  endif()
  list(JOIN arg_OPTIONS "\n" lines)
  file(WRITE "${WORK}/options" "${lines}\n")
endfunction()

function(vcpkg_cmake_install)
  foreach(configuration "" /debug)
    file(COPY "${INSTALLATION}/include" "${INSTALLATION}/lib" DESTINATION "${CURRENT_PACKAGES_DIR}${configuration}")
    file(COPY "${INSTALLATION}/share/doc" DESTINATION "${CURRENT_PACKAGES_DIR}${configuration}/share")
  endforeach()
endfunction()

# The files move to share/PORT, from where the prefix is two folders up.
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(arg "" CONFIG_PATH "" ${ARGN})
  set(config "${CURRENT_PACKAGES_DIR}/share/${PORT}/kvConfig.cmake")
  file(RENAME "${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}" "${CURRENT_PACKAGES_DIR}/share/${PORT}")
  file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/lib/cmake" "${CURRENT_PACKAGES_DIR}/debug/lib/cmake")
  vcpkg_replace_string("${config}" [[${CMAKE_CURRENT_LIST_DIR}/../../../"]] [[${CMAKE_CURRENT_LIST_DIR}/../../"]])
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_replace_string file old new)
  file(READ "${file}" before)
  string(REPLACE "${old}" "${new}" after "${before}")
  if(after STREQUAL before)
    message(FATAL_ERROR "${file} has no ${old}")
  endif()
  file(WRITE "${file}" "${after}")
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(arg "" "" FILE_LIST ${ARGN})
  foreach(file IN LISTS arg_FILE_LIST)
    file(READ "${file}" text)
    file(APPEND "${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright" "${text}")
  endforeach()
endfunction()

include("${PORT_DIR}/portfile.cmake")
