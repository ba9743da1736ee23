# Builds for another system than the one of this machine: KV_TARGET is Rust's name of it, and the C
# compiler makes programs of it. Without KV_TARGET the lists are empty.
#
# Sets KV_CARGO_TARGET, the arguments that cargo gets; KV_CARGO_ENVIRONMENT, its variables;
# KV_TARGET_DIR, the directory of the target within cargo's; KV_UNWINDER, an archive or nothing; and
# KV_STATIC_FLAGS, more flags of a program that links the static library.

set(KV_TARGET "" CACHE STRING "Rust's name of the system to build for, such as aarch64-unknown-linux-gnu")
set(KV_CARGO_TARGET)
set(KV_CARGO_ENVIRONMENT)
set(KV_TARGET_DIR)
set(KV_UNWINDER)
set(KV_STATIC_FLAGS)

# kv_use_linker(): the linker is the C compiler, unless the environment names another. Debian's
# wrapper musl-gcc links no static program that may be loaded anywhere, as Rust makes them; cc does.
function(kv_use_linker)
  string(TOUPPER "CARGO_TARGET_${KV_TARGET}_LINKER" name)
  string(REPLACE "-" "_" name "${name}")
  if(NOT DEFINED ENV{${name}} AND NOT CMAKE_C_COMPILER MATCHES "(^|/)musl-gcc$")
    list(APPEND KV_CARGO_ENVIRONMENT "${name}=${CMAKE_C_COMPILER}")
    set(KV_CARGO_ENVIRONMENT "${KV_CARGO_ENVIRONMENT}" PARENT_SCOPE)
  endif()
endfunction()

# kv_find_unwinder(): musl has no shared unwinder that is there on every system, so both libraries
# take in the one that Rust has for its static programs.
function(kv_find_unwinder)
  set(rustc "$ENV{RUSTC}")
  if(NOT rustc)
    get_filename_component(rustc "${KV_CARGO}" DIRECTORY)
    string(APPEND rustc "/rustc")
  endif()
  execute_process(COMMAND "${rustc}" --print target-libdir --target "${KV_TARGET}"
    OUTPUT_VARIABLE directory OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(unwinder "${directory}/self-contained/libunwind.a")
  if(NOT EXISTS "${unwinder}")
    message(FATAL_ERROR
      "kv is built for musl with the libunwind.a of Rust's standard library for ${KV_TARGET}; there is no "
      "${unwinder}. This installs it:\n"
      "  rustup target add ${KV_TARGET}")
  endif()
  set(KV_UNWINDER "${unwinder}" PARENT_SCOPE)
endfunction()

if(KV_TARGET)
  set(KV_CARGO_TARGET --target "${KV_TARGET}")
  set(KV_TARGET_DIR "/${KV_TARGET}")
  string(REPLACE "-" "_" target_name "${KV_TARGET}")
  set(KV_CARGO_ENVIRONMENT "CC_${target_name}=${CMAKE_C_COMPILER}" "AR_${target_name}=${CMAKE_AR}")
  kv_use_linker()
  if(KV_TARGET MATCHES "-musl$")
    kv_find_unwinder()
    # The unwinder in the library finds its tables by this index alone.
    set(KV_STATIC_FLAGS -Wl,--eh-frame-hdr)
  endif()
endif()
