# Runs cargo once and stages what is installed: both libraries of cargo's archive, the shared one under
# its three names.
#
# Sets KV_STAGE_DIR, and defines the target kv_build.

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(profile dev)
  set(profile_dir debug)
else()
  set(profile release)
  set(profile_dir release)
endif()

# cargo finds finished crates in its own directory again, so it is shared by all build trees.
if(DEFINED ENV{CARGO_TARGET_DIR})
  set(default_target_dir "$ENV{CARGO_TARGET_DIR}")
else()
  set(default_target_dir "${CMAKE_CURRENT_SOURCE_DIR}/target")
endif()
set(KV_CARGO_TARGET_DIR "${default_target_dir}" CACHE PATH "Where cargo keeps what it has built")

set(cargo_target_dir "${KV_CARGO_TARGET_DIR}")
# The command is named too, and not built: with the features of both the library is one build, whether
# the command is built after it or not.
set(packages --package kv --package kv-cli)
set(features)
if(KV_SYSTEM_SQLITE)
  # In one directory the two builds would overwrite each other's libraries.
  string(APPEND cargo_target_dir "/system-sqlite")
  set(features --no-default-features)
endif()
set(cargo_made "${cargo_target_dir}${KV_TARGET_DIR}/${profile_dir}")
set(cargo_static "${cargo_made}/libkv.a")

# cargo knows best what is out of date, so it is always asked. It runs in the source directory,
# because .cargo/config.toml there says how SQLite is compiled; and without make's flags, whose
# job server it cannot reach.
add_custom_target(kv_cargo
  COMMAND "${CMAKE_COMMAND}" -E env --unset=MAKEFLAGS --unset=MFLAGS ${KV_CARGO_ENVIRONMENT}
          "${KV_CARGO}" build --profile ${profile} --locked ${packages} --lib ${features} ${KV_CARGO_TARGET}
          --target-dir "${cargo_target_dir}"
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
  BYPRODUCTS "${cargo_static}"
  COMMENT "Building kv with cargo"
  USES_TERMINAL
  VERBATIM)

set(KV_STAGE_DIR "${CMAKE_CURRENT_BINARY_DIR}/stage")
set(staged_shared "${KV_STAGE_DIR}/${KV_SHARED_FILE}")
set(staged_static "${KV_STAGE_DIR}/libkv.a")

set(debug)
if(profile STREQUAL "dev" OR NOT KV_STRIP)
  set(debug KV_DEBUG=1)
endif()
set(unwinder)
if(KV_UNWINDER)
  set(unwinder "KV_UNWINDER=${KV_UNWINDER}")
endif()
list(TRANSFORM KV_NATIVE_LIBRARIES PREPEND "-l" OUTPUT_VARIABLE shared_flags)
if(KV_SYSTEM_SQLITE)
  list(APPEND shared_flags ${SQLite3_LIBRARIES})
endif()

set(libraries "${CMAKE_CURRENT_SOURCE_DIR}/cmake/libraries.sh")
set(versions "${CMAKE_CURRENT_SOURCE_DIR}/include/kv.map")
add_custom_command(
  OUTPUT "${staged_static}" "${staged_shared}" "${KV_STAGE_DIR}/${KV_SONAME}" "${KV_STAGE_DIR}/libkv.so"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${KV_STAGE_DIR}"
  COMMAND "${CMAKE_COMMAND}" -E env
          "CC=${CMAKE_C_COMPILER}" "LD=${CMAKE_LINKER}" "OBJCOPY=${CMAKE_OBJCOPY}"
          "STRIP=${CMAKE_STRIP}" "AR=${CMAKE_AR}" ${debug} ${unwinder}
          "${libraries}" "${cargo_static}" "${versions}" "${staged_static}"
          "${staged_shared}" "${KV_SONAME}" ${shared_flags}
  COMMAND "${CMAKE_COMMAND}" -E create_symlink "${KV_SHARED_FILE}" "${KV_STAGE_DIR}/${KV_SONAME}"
  COMMAND "${CMAKE_COMMAND}" -E create_symlink "${KV_SONAME}" "${KV_STAGE_DIR}/libkv.so"
  DEPENDS kv_cargo "${cargo_static}" "${libraries}" "${versions}" ${KV_UNWINDER}
  COMMENT "Linking ${KV_SHARED_FILE} and libkv.a"
  VERBATIM)

add_custom_target(kv_build ALL DEPENDS "${staged_shared}" "${staged_static}")
add_dependencies(kv_build kv_cargo)
