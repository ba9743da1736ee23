# Runs cargo once and stages what is installed: the shared library under its three names, and the
# static library with everything but kv_* made local.
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
set(cargo_shared "${cargo_target_dir}/${profile_dir}/libkv.so")
set(cargo_static "${cargo_target_dir}/${profile_dir}/libkv.a")

# cargo knows best what is out of date, so it is always asked. It runs in the source directory,
# because .cargo/config.toml there says how SQLite is compiled; and without make's flags, whose
# job server it cannot reach.
add_custom_target(kv_cargo
  COMMAND "${CMAKE_COMMAND}" -E env --unset=MAKEFLAGS --unset=MFLAGS
          "${KV_CARGO}" build --profile ${profile} --locked ${packages} --lib ${features}
          --target-dir "${cargo_target_dir}"
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
  BYPRODUCTS "${cargo_shared}" "${cargo_static}"
  COMMENT "Building kv with cargo"
  USES_TERMINAL
  VERBATIM)

set(KV_STAGE_DIR "${CMAKE_CURRENT_BINARY_DIR}/stage")
set(staged_shared "${KV_STAGE_DIR}/${KV_SHARED_FILE}")
set(staged_static "${KV_STAGE_DIR}/libkv.a")

set(strip_shared)
if(KV_STRIP AND NOT profile STREQUAL "dev")
  set(strip_shared COMMAND "${CMAKE_STRIP}" --strip-unneeded "${staged_shared}")
endif()

add_custom_command(
  OUTPUT "${staged_shared}" "${KV_STAGE_DIR}/${KV_SONAME}" "${KV_STAGE_DIR}/libkv.so"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${KV_STAGE_DIR}"
  COMMAND "${CMAKE_COMMAND}" -E copy "${cargo_shared}" "${staged_shared}"
  ${strip_shared}
  COMMAND "${CMAKE_COMMAND}" -E create_symlink "${KV_SHARED_FILE}" "${KV_STAGE_DIR}/${KV_SONAME}"
  COMMAND "${CMAKE_COMMAND}" -E create_symlink "${KV_SONAME}" "${KV_STAGE_DIR}/libkv.so"
  DEPENDS kv_cargo "${cargo_shared}"
  COMMENT "Staging ${KV_SHARED_FILE}"
  VERBATIM)

set(localise "${CMAKE_CURRENT_SOURCE_DIR}/cmake/localise.sh")
set(symbols "${CMAKE_CURRENT_SOURCE_DIR}/include/symbols.txt")
add_custom_command(
  OUTPUT "${staged_static}"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${KV_STAGE_DIR}"
  COMMAND "${CMAKE_COMMAND}" -E env
          "LD=${CMAKE_LINKER}" "OBJCOPY=${CMAKE_OBJCOPY}" "STRIP=${CMAKE_STRIP}" "AR=${CMAKE_AR}"
          "${localise}" "${cargo_static}" "${symbols}" "${staged_static}"
  DEPENDS kv_cargo "${cargo_static}" "${localise}" "${symbols}"
  COMMENT "Staging libkv.a"
  VERBATIM)

add_custom_target(kv_build ALL DEPENDS "${staged_shared}" "${staged_static}")
add_dependencies(kv_build kv_cargo)
