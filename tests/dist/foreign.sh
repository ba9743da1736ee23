# shellcheck shell=bash disable=SC2054,SC2154
# Installations with a library for another platform, for the cases that source this. The libraries have
# one function; processor and libc stand in them as in those of kv.
need clang aarch64-linux-gnu-ld readelf

# foreign_installation NAME PROCESSOR LIBC [VERSION] [LIBRARY]: makes scratch/NAME with a library that
# needs the libc of that file name, at that version of its symbols, and the other library.
foreign_installation() {
    local lib=$scratch/$1/lib target=$2-linux-gnu script=() name needed=()
    mkdir -p "$lib" "$scratch/$1/needed"
    cp -r "$prefix/share" "$prefix/include" "$scratch/$1"
    if [[ -n ${4:-} ]]; then
        echo "$4 { global: *; };" >"$scratch/$1/version"
        script=(-Wl,--version-script="$scratch/$1/version")
    fi
    for name in "$3" ${5:+"$5"}; do
        echo "int in_${name%%.*}(void) { return 0; }" | shared "$target" "$scratch/$1/needed/$name" "${script[@]}"
        needed+=("-l:$name")
        script=()
    done
    printf 'int in_%s(void);\n' "${needed[@]//*:/}" | sed 's/\..*(/(/' >"$scratch/$1/kv.c"
    echo "unsigned kv_abi_version(void) { return in_libc(); }" >>"$scratch/$1/kv.c"
    shared "$target" "$lib/libkv.so.0" -Wl,--no-as-needed -L "$scratch/$1/needed" "${needed[@]}" <"$scratch/$1/kv.c"
}

# shared TARGET LIBRARY FLAG...: compiles what comes in.
shared() {
    clang --target="$1" -nostdlib -shared -fPIC -x c - -o "$2" -Wl,-soname,"${2##*/}" "${@:3}"
}
