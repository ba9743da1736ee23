# Builds the command with cargo, after the library and of the very same crates, and installs it with its
# manual pages and completions.

set(command "${cargo_made}/kv")
set(KV_PAGES_DIR "${KV_STAGE_DIR}/pages")
set(staged_command "${KV_STAGE_DIR}/kv")

add_custom_target(kv_command_cargo
  COMMAND "${CMAKE_COMMAND}" -E env --unset=MAKEFLAGS --unset=MFLAGS ${KV_CARGO_ENVIRONMENT}
          "${KV_CARGO}" build --profile ${profile} --locked ${packages} ${features} ${KV_CARGO_TARGET}
          --target-dir "${cargo_target_dir}"
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
  BYPRODUCTS "${command}"
  COMMENT "Building the command with cargo"
  USES_TERMINAL
  VERBATIM)

# The command makes its own manual, so one of another processor runs in the emulator that is given.
set(run ${CMAKE_CROSSCOMPILING_EMULATOR} "${staged_command}")

set(strip_command)
if(KV_STRIP AND NOT profile STREQUAL "dev")
  set(strip_command COMMAND "${CMAKE_STRIP}" "${staged_command}")
endif()

add_custom_command(
  OUTPUT "${staged_command}"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${KV_PAGES_DIR}/man"
  COMMAND "${CMAKE_COMMAND}" -E copy "${command}" "${staged_command}"
  ${strip_command}
  COMMAND ${run} man "${KV_PAGES_DIR}/man"
  COMMAND ${run} completions bash > "${KV_PAGES_DIR}/kv"
  COMMAND ${run} completions zsh > "${KV_PAGES_DIR}/_kv"
  COMMAND ${run} completions fish > "${KV_PAGES_DIR}/kv.fish"
  DEPENDS kv_command_cargo "${command}"
  COMMENT "Staging kv, its manual and its completions"
  VERBATIM)
add_custom_target(kv_command ALL DEPENDS "${staged_command}")
add_dependencies(kv_command kv_command_cargo)
add_dependencies(kv_command_cargo kv_cargo)

if(KV_INSTALL)
  include(GNUInstallDirs)
  set(share "${CMAKE_INSTALL_DATADIR}")
  install(PROGRAMS "${staged_command}" DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(DIRECTORY "${KV_PAGES_DIR}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "${KV_PAGES_DIR}/kv" DESTINATION "${share}/bash-completion/completions")
  install(FILES "${KV_PAGES_DIR}/_kv" DESTINATION "${share}/zsh/site-functions")
  install(FILES "${KV_PAGES_DIR}/kv.fish" DESTINATION "${share}/fish/vendor_completions.d")
endif()
