# shellcheck shell=bash disable=SC2154,SC2317
# The artefacts for other systems, if they were made: a program of that system loads the library of
# each, and the command of an archive runs, both in an emulator where the processor is another.

# foreign_system FILE: prints the system of an artefact for another one, as its bill says, or nothing.
foreign_system() {
    if [[ ! -e $1.cdx.json ]]; then return; fi
    sed -n '/"kv:target"/{n;s/.*"value": "\(.*\)".*/\1/p}' "$1.cdx.json" | grep -vx "$(uname -m)-unknown-linux-gnu" || true
}

extract() { # FILE FOLDER
    mkdir -p "$2"
    case $1 in
    *.whl) python3 -m zipfile -e "$1" "$2" ;;
    *) tar -xzf "$1" -C "$2" ;;
    esac
}

# It loads the library by its path, more than once.
compile_loader() { # PROGRAM
    local flags=()
    # This system may have no such loader in its place, and no such C library in its path.
    if ((${#emulator[@]} == 0)); then
        flags=("-Wl,--dynamic-linker=$loader" "-Wl,-rpath,$(dirname "$loader")")
    fi
    "$compiler" -std=c11 -Wall -Wextra -Werror -I "$root/include" "$root/tests/c/unload.c" -o "$1" \
        "${flags[@]}" -pthread -ldl
}

works_elsewhere() { # FILE TARGET
    local place library command
    place=$scratch/elsewhere/$(basename "$1")
    # shellcheck source=packaging/targets/target.sh
    . "$root/packaging/targets/target.sh"
    target_of "$2" "${KV_TARGETS:-$target/targets}"
    extract "$1" "$place"
    library=$(find "$place" -type f -name 'libkv.so*')
    compile_loader "$place/load"
    mkdir "$place/stores"
    KV_LIBRARY=$library "${emulator[@]}" "$place/load" "$place/stores"
    command=$(find "$place" -type f -path '*/bin/kv')
    if [[ -n $command ]]; then
        "${runner[@]}" "$command" --store "$place/stores/command.kv" set greeting hello
        test "$("${runner[@]}" "$command" --store "$place/stores/command.kv" get --raw greeting)" = hello
    fi
}

for each in "$out"/*; do
    foreign=$(foreign_system "$each")
    if [[ -n $foreign ]]; then
        job "elsewhere: $(basename "$each") works on $foreign" works_elsewhere "$each" "$foreign"
    fi
done
