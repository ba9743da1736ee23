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
      "kv is built on Linux; this is ${system}. A container or a virtual machine with Debian 12 or another "
      "Linux of that age or younger builds it for itself, and by packaging/targets/compile.sh the libraries "
      "for Windows, macOS and FreeBSD.")
  endif()
endfunction()

# kv_require_processor(): after project(). Without KV_TARGET, which names another system, a compiler
# for 32 bits or another machine is refused, and an untested processor gets a warning.
function(kv_require_processor)
  if(KV_TARGET)
    kv_require_compiler_of_target()
    return()
  endif()
  if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
    math(EXPR bits "8 * ${CMAKE_SIZEOF_VOID_P}")
    message(FATAL_ERROR
      "kv is built for 64-bit processors; this compiler makes programs of ${bits} bits. Take -m${bits} "
      "out of CFLAGS, or use a 64-bit compiler:\n"
      "  sudo apt-get install gcc")
  endif()
  if(CMAKE_CROSSCOMPILING)
    message(FATAL_ERROR
      "kv is built for the machine that builds it; CMAKE_SYSTEM_NAME or a toolchain file asks for another. "
      "KV_TARGET must be Rust's name of that one, such as -DKV_TARGET=aarch64-unknown-linux-gnu.")
  endif()
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|aarch64|arm64)$")
    message(WARNING
      "kv is tested on x86-64 and aarch64; this is ${CMAKE_SYSTEM_PROCESSOR}, on which no test has run. "
      "`make test` runs them here.")
  endif()
endfunction()

# kv_require_compiler_of_target(): the C compiler makes programs of the processor of KV_TARGET, and
# one that is not this machine's has an emulator if the command is built.
function(kv_require_compiler_of_target)
  string(REGEX MATCH "^[^-]*" processor "${KV_TARGET}")
  execute_process(COMMAND "${CMAKE_C_COMPILER}" -dumpmachine
    OUTPUT_VARIABLE machine OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT CMAKE_C_COMPILER_TARGET AND NOT machine MATCHES "^${processor}-")
    message(FATAL_ERROR
      "KV_TARGET is ${KV_TARGET}, and ${CMAKE_C_COMPILER} compiles for ${machine}. "
      "-DCMAKE_C_COMPILER must name a compiler for ${processor}, such as ${processor}-linux-gnu-gcc.")
  endif()
  if(KV_BUILD_CLI AND NOT CMAKE_CROSSCOMPILING_EMULATOR AND NOT processor STREQUAL CMAKE_HOST_SYSTEM_PROCESSOR)
    message(FATAL_ERROR
      "The command kv makes its manual pages itself, and this machine runs no program for ${processor}. "
      "-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-${processor} names an emulator; -DKV_BUILD_CLI=OFF builds the "
      "libraries alone.")
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
