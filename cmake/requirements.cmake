# Refuses a system that kv is not built for, and names what is missing with the command that
# installs it on Debian and its derivatives.

# kv_require_compiler(): before project(), which says only that it finds none.
function(kv_require_compiler)
  if(NOT CMAKE_C_COMPILER AND NOT DEFINED ENV{CC} AND NOT CMAKE_TOOLCHAIN_FILE)
    find_program(KV_FOUND_COMPILER NAMES cc gcc clang)
    mark_as_advanced(KV_FOUND_COMPILER)
    if(NOT KV_FOUND_COMPILER)
      unset(KV_FOUND_COMPILER CACHE)
      message(FATAL_ERROR
        "kv is built with a C compiler, which compiles its SQLite; there is no cc, gcc or clang in PATH.\n"
        "This installs one:\n"
        "  sudo apt-get install gcc libc6-dev")
    endif()
  endif()
endfunction()

# kv_require_linux(): before project() it sees the system of this machine, after it the target's.
function(kv_require_linux)
  set(system "${CMAKE_SYSTEM_NAME}")
  if(NOT system)
    set(system "${CMAKE_HOST_SYSTEM_NAME}")
  endif()
  if(NOT system STREQUAL "Linux")
    message(FATAL_ERROR
      "kv is built for Linux with glibc; this is ${system}. It can be built in a container or a virtual "
      "machine with Debian 12 or another Linux of that age or younger.")
  endif()
endfunction()

# kv_require_processor(): after project(). A 32-bit target is refused; a processor that no test
# runs on gets a warning.
function(kv_require_processor)
  if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
    math(EXPR bits "8 * ${CMAKE_SIZEOF_VOID_P}")
    message(FATAL_ERROR
      "kv is built for 64-bit processors; this compiler makes programs of ${bits} bits. Take -m${bits} "
      "out of CFLAGS, or use a 64-bit compiler:\n"
      "  sudo apt-get install gcc")
  endif()
  if(CMAKE_CROSSCOMPILING)
    message(FATAL_ERROR
      "kv is built on a machine like the one it runs on; CMAKE_SYSTEM_NAME or a toolchain file asks "
      "for another. Build in a container or on a machine of the target, without either.")
  endif()
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    message(WARNING
      "kv is tested on x86-64; this is ${CMAKE_SYSTEM_PROCESSOR}, on which no test has run. "
      "`make test` runs them here.")
  endif()
endfunction()

# kv_find_cargo(): sets the cache variable KV_CARGO to a cargo that is new enough, and refuses one
# that builds for another kind of system.
function(kv_find_cargo)
  execute_process(COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/cmake/cargo.sh" ${KV_CARGO}
    OUTPUT_VARIABLE found ERROR_VARIABLE reason RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    unset(KV_CARGO CACHE)
    message(FATAL_ERROR "${reason}")
  endif()
  set(KV_CARGO "${found}" CACHE FILEPATH "The cargo that builds kv")
  execute_process(COMMAND "${KV_CARGO}" -vV OUTPUT_VARIABLE version)
  string(REGEX MATCH "host: [^\n]+" host "${version}")
  string(REPLACE "host: " "" host "${host}")
  if(NOT host MATCHES "64.*-linux-gnu$")
    unset(KV_CARGO CACHE)
    message(FATAL_ERROR
      "kv is built for 64-bit Linux with glibc, and ${found} builds for ${host}. This selects a Rust for "
      "this machine:\n"
      "  rustup default stable-${CMAKE_HOST_SYSTEM_PROCESSOR}-unknown-linux-gnu")
  endif()
endfunction()
