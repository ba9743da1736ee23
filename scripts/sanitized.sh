# shellcheck shell=bash disable=SC2154
# The library with a sanitizer, and programs that are linked with it, for scripts that have sourced
# harness.sh. cargo keeps each build, so the library is compiled once for each sanitizer, whichever
# scripts ask for it.
#
#   KV_ASAN_LIBRARY, KV_TSAN_LIBRARY    a library that is built already, instead of cargo's

triple=$(rustc -vV | sed -n 's/^host: //p')
asan_flags=(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
tsan_flags=(-fsanitize=thread)

# Links the library and SQLite, built with a sanitizer, in scratch/MODE. The stable compiler ships its
# runtimes, and the switch only behind this variable. Overflows and debug assertions are checked as well.
build_sanitized() { # asan|tsan
    local mode=$1 library=$scratch/$1-libkv.so name=${triple//-/_} given flags rust
    case $mode in
    asan)
        given=${KV_ASAN_LIBRARY:-}
        rust="-Zsanitizer=address"
        flags=("${asan_flags[@]}")
        ;;
    tsan)
        given=${KV_TSAN_LIBRARY:-}
        rust="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer"
        flags=("${tsan_flags[@]}")
        ;;
    esac
    if [[ -n $given ]]; then
        provide "$scratch/$mode" "$(realpath "$given")"
        return
    fi
    (cd "$root" && env CARGO_INCREMENTAL=0 RUSTC_BOOTSTRAP=1 RUSTFLAGS="$rust" "CC_$name=clang" \
        "CFLAGS_$name=${flags[*]} -fno-omit-frame-pointer" \
        cargo build --quiet --locked --lib --target "$triple" --target-dir "$target")
    # All builds have one directory, in which the next takes the place of this, so that they share the
    # programs that the compiler itself runs.
    cp "$target/$triple/debug/libkv.so" "$library"
    provide "$scratch/$mode" "$library"
}

# The words that link rustc's sanitizer runtime, the only one in the process, into a program. The runtime
# is linked by name instead of by the flag, so that library and program share it.
runtime() { # MODE
    echo -Wl,--whole-archive \
        "$(rustc --print sysroot)/lib/rustlib/$triple/lib/librustc-stable_rt.$1.a" \
        -Wl,--no-whole-archive -Wl,--export-dynamic -lm -lrt -lresolv -lstdc++
}

in_binary() { # FILE SYMBOL
    # No pipe: one that is closed early would look like a failure of nm.
    grep -q "$2" <(nm "$1")
}

# The path of a library that comes with clang, under the name that this version gives it.
clang_library() { # NAME ENDING
    local file path
    for file in "libclang_rt.$1-$(uname -m).$2" "libclang_rt.$1.$2"; do
        path=$(clang -print-file-name="$file")
        if [[ -e $path ]]; then
            echo "$path"
            return
        fi
    done
    echo "clang has no library $1; scripts/setup.sh test installs it" >&2
    return 1
}

# For an interpreter, which is not linked with a runtime and loads clang's before all else; its interface
# is that of rustc's. An interpreter keeps memory until its end, so leaks are not looked for.
use_asan_library() {
    check "asan: the library is built" build_sanitized asan
    check "asan is in libkv.so" in_binary "$scratch/asan/libkv.so" __asan_init
    if ! preload=$(clang_library asan so); then failed=$((failed + 1)); fi
    export KV_LIBRARY=$scratch/asan/libkv.so KV_INCLUDE=$root/include
    export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
}
