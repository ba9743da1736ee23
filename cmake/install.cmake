# Installs the libraries, the headers, and what CMake and pkg-config read. Nothing installed
# contains the place it was installed to, so it may be moved. An installation copies files that
# were built before; it runs neither cargo nor a compiler.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The first step, so that nothing is copied if a file is missing.
set(staged_files "${KV_SHARED_FILE}" libkv.a)
if(KV_BUILD_CLI)
  list(APPEND staged_files kv)
endif()
install(CODE "
  set(KV_STAGE_DIR \"${KV_STAGE_DIR}\")
  set(KV_STAGED_FILES \"${staged_files}\")
  include(\"${CMAKE_CURRENT_SOURCE_DIR}/cmake/require_build.cmake\")")

install(FILES "${CMAKE_CURRENT_SOURCE_DIR}/include/kv.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${KV_CPP_INCLUDE_DIR}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES LICENSE-MIT LICENSE-APACHE THIRD-PARTY-NOTICES.txt DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/kv")
install(PROGRAMS "${KV_STAGE_DIR}/${KV_SHARED_FILE}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES
  "${KV_STAGE_DIR}/${KV_SONAME}" "${KV_STAGE_DIR}/libkv.so" "${KV_STAGE_DIR}/libkv.a"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}")

set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/kv")
configure_package_config_file(cmake/kvConfig.cmake.in kvConfig.cmake
  INSTALL_DESTINATION "${config_dir}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
# While the major version is 0, a minor one may break the interface.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/kvConfigVersion.cmake"
  COMPATIBILITY ${compatibility})
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/kvConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/kvConfigVersion.cmake"
  cmake/kvTargets.cmake
  DESTINATION "${config_dir}")

file(RELATIVE_PATH KV_PC_PREFIX
  "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" KV_PC_PREFIX "${KV_PC_PREFIX}")
file(RELATIVE_PATH KV_PC_INCLUDEDIR
  "${CMAKE_INSTALL_PREFIX}" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
list(TRANSFORM KV_NATIVE_LIBRARIES PREPEND "-l" OUTPUT_VARIABLE libs_private)
list(APPEND libs_private ${KV_STATIC_FLAGS})
list(JOIN libs_private " " KV_PC_LIBS_PRIVATE)
set(KV_PC_REQUIRES_PRIVATE)
if(KV_SYSTEM_SQLITE)
  set(KV_PC_REQUIRES_PRIVATE sqlite3)
endif()
configure_file(cmake/kv.pc.in kv.pc @ONLY)
configure_file(cmake/kv-static.pc.in kv-static.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/kv.pc" "${CMAKE_CURRENT_BINARY_DIR}/kv-static.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# CMake lists there the files that an installation has copied. The list is made here, so that it is
# the builder's own when root installs.
if(KV_IS_TOP_LEVEL)
  file(APPEND "${CMAKE_BINARY_DIR}/install_manifest.txt" "")
  add_custom_target(uninstall
    COMMAND "${CMAKE_COMMAND}" "-DKV_MANIFEST=${CMAKE_BINARY_DIR}/install_manifest.txt"
            -P "${CMAKE_CURRENT_SOURCE_DIR}/cmake/uninstall.cmake"
    VERBATIM)
endif()
