# shellcheck shell=bash disable=SC2154,SC2317
# A panic is caught on a target: the unwinder finds its tables in both libraries, also in a static
# program. They are made as kv's own are, of a library that panics.

readonly panics=$root/tests/targets/panics

# Prints the options by which rustc finds the standard library that cargo has built last.
standard_library() {
    local built=$kept/cargo/$rust_target/release/deps name found
    echo "-Ldependency=$built"
    for name in std core alloc panic_unwind compiler_builtins; do
        found=("$built/lib$name"-*.rlib)
        # shellcheck disable=SC2012  # the newest one; the names are cargo's own.
        echo "--extern=noprelude:$name=$(ls -t "${found[@]}" | head -n 1)"
    done
}

make_archive_that_panics() { # ARCHIVE
    local options
    mapfile -t options < <(standard_library)
    RUSTC_BOOTSTRAP=1 "$kept/bin/rustc" --edition 2024 -O -Clto -Zunstable-options --crate-type staticlib \
        --target "$rust_target" "${options[@]}" "$panics.rs" -o "$1"
}

make_libraries_that_panic() { # DIRECTORY
    local unwinder=
    make_archive_that_panics "$1/made.a"
    printf 'KV_0 {\n  global:\n    kv_panics;\n  local:\n    *;\n};\n' >"$1/map"
    if [[ $rust_target == *-musl ]]; then
        unwinder=$kept/usr/lib/rustlib/$rust_target/lib/self-contained/libunwind.a
    fi
    CC=$compiler LD=${tools}ld OBJCOPY=${tools}objcopy STRIP=${tools}strip AR=${tools}ar KV_UNWINDER=$unwinder \
        "$root/cmake/libraries.sh" "$1/made.a" "$1/map" "$1/libkv.a" "$1/libkv.so" libkv.so -lpthread -lm -ldl
}

a_panic_is_caught() {
    local made=$prefix/panics
    mkdir "$made"
    make_libraries_that_panic "$made"
    link_shared "$panics.c" "$made/shared" "$made" -lkv
    "${emulator[@]}" "$made/shared"
    link_static "$panics.c" "$made/static" -L "$made"
    "${emulator[@]}" "$made/static"
    # A control: without its tables nothing is found.
    "${tools}objcopy" --remove-section=.eh_frame --remove-section=.eh_frame_hdr "$made/static" "$made/without"
    must_fail "${emulator[@]}" "$made/without"
}
