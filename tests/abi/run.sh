#!/usr/bin/env bash
# Plants changes into a small header and looks what scripts/abi.sh says of them; then compares the
# real header with the description of the last release.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

passed=0
failed=0

# gate VERB: runs the script on the header in $scratch, whose functions are all exported.
gate() {
    sed -n 's/^[a-z].* \**\(kv_[a-z_]*\)(.*;$/\1/p' "$scratch/kv.h" >"$scratch/symbols.txt"
    KV_ABI_HEADER=$scratch/kv.h KV_ABI_SYMBOLS=$scratch/symbols.txt \
        KV_ABI_DESCRIPTIONS=$scratch/abi KV_ABI_LIBRARY=${library:-$scratch/none.so} \
        "$root/scripts/abi.sh" "$1" >"$scratch/output" 2>&1
}

# says STATUS LINE: the last run ended with the status and printed the line, with anything behind it.
says() {
    [[ $1 == "$status" ]] && awk -v line="$2" 'index($0, line) == 1 { found = 1 } END { exit !found }' \
        "$scratch/output"
}

# check_run NAME STATUS LINE...: counts a case: the last run ended with STATUS and printed each LINE.
check_run() {
    local name=$1 expected=$2 line
    shift 2
    for line in "$@"; do
        if ! says "$expected" "$line"; then
            echo "FAILED $name: wanted status $expected and the line: $line; status $status and:"
            sed 's/^/    /' "$scratch/output"
            failed=$((failed + 1))
            return
        fi
    done
    echo "ok $name"
    passed=$((passed + 1))
}

# planted NAME STATUS EDIT LINE...: the edit, which sed makes, is answered with the status and lines.
planted() {
    local name=$1 expected=$2 edit=$3
    shift 3
    sed -E "$edit" "$here/kv.h" >"$scratch/kv.h"
    if cmp -s "$here/kv.h" "$scratch/kv.h"; then
        echo "FAILED $name: the edit changes nothing"
        failed=$((failed + 1))
        return
    fi
    status=0
    gate "${verb:-check}" || status=$?
    check_run "$name" "$expected" "$@"
}

cp "$here/kv.h" "$scratch/kv.h"
status=0
gate check || status=$?
check_run "without a description nothing passes" 1 'abi: '
status=0
gate bless || status=$?
check_run "the first description is written" 0 'abi: '
status=0
gate check || status=$?
check_run "the same header passes" 0 'abi: programs compiled for KV_ABI_VERSION 7 keep working'

planted "a function that is gone" 1 '/kv_walk/d' 'break: function kv_walk is gone'
planted "a parameter of another type" 1 's/(kv_open\(const char \*path), /\1, uint32_t mode, /' \
    'break: function kv_open has changed from kv_status (const char *, const kv_options *, kv_store *) to'
planted "a parameter that is no longer const" 1 's/const void \*value/void *value/' \
    'break: function kv_set has changed from kv_status (kv_store, const void *, size_t) to'
planted "another result" 1 's/^void (kv_close)/kv_status \1/' 'break: function kv_close has changed'
planted "another callback" 1 's/uint64_t done/uint32_t done/' 'break: type kv_progress_fn has changed'
planted "fields in another order" 1 '/uint64_t version/d; s/^    (const uint8_t \*key;)/uint64_t version; \1/' \
    'break: field kv_entry.key has moved from byte 0 to 8' \
    'break: field kv_entry.version has moved from byte 16 to 0'
planted "fields in another order in a structure with a size" 1 \
    '/uint32_t flags/d; s/^    (uint8_t kind;)/\1 uint32_t flags;/' \
    'break: field kv_options.flags has moved from byte 4 to 24'
planted "a field that shrinks" 1 's/char text\[16\]/char text[8]/' \
    'break: field kv_entry.text has changed from char[16] to char[8]' \
    'break: structure kv_entry has 32 bytes, not 40'
planted "a field of another type" 1 's/uint64_t limit/int64_t limit/' \
    'break: field kv_options.limit has changed from uint64_t to int64_t'
planted "a field in the middle" 1 's/^    uint64_t limit;/&\n    uint64_t more;/' \
    'break: field kv_options.reserved has moved from byte 16 to 24' \
    'break: field kv_options.more is new at byte 16, before the end'
planted "a field in the padding, which the size cannot tell" 1 's/^    uint8_t kind;/&\n    uint8_t more;/' \
    'break: field kv_options.more is new at byte 21, before the end'
planted "a field at the end of a structure without a size" 1 's/char text.*/&\n    uint64_t more;/' \
    'break: field kv_entry.more is new, but kv_entry does not begin with its size' \
    'break: structure kv_entry has 48 bytes, not 40'
planted "a field that is gone" 1 '/uint8_t kind/d' 'break: field kv_options.kind is gone'
planted "a structure that is gone" 1 '/^typedef struct kv_options/,/^} kv_options/d; s/const kv_options \*/const void */' \
    'break: structure kv_options is gone' 'break: type kv_options is gone'
planted "a constant of another value" 1 's/KV_ERR_BUSY -4/KV_ERR_BUSY -5/' \
    'break: constant KV_ERR_BUSY has changed from -4 to -5'
planted "a constant that is gone" 1 '/KV_NUL/d' 'break: constant KV_NUL is gone'
planted "an initialiser that is gone" 1 '/KV_OPTIONS_INIT/d' 'break: constant KV_OPTIONS_INIT is gone'
planted "an older version of the interface" 1 's/KV_ABI_VERSION 7/KV_ABI_VERSION 6/' \
    'break: KV_ABI_VERSION went back from 7 to 6'

planted "a new function passes" 0 's/^kv_status kv_open.*/&\nkv_status kv_sync(kv_store store);/' \
    'addition: function kv_sync: kv_status (kv_store)'
planted "a new constant passes" 0 's/^#define KV_OK.*/&\n#define KV_DONE 3/' 'addition: constant KV_DONE: 3'
planted "a field at the end of a structure with a size passes" 0 's/^    uint8_t kind;/&\n    uint64_t more;/' \
    'addition: field kv_options.more: uint64_t'
planted "a reserved field that is given a meaning passes" 0 's/uint32_t reserved/uint32_t mode/' \
    'addition: field kv_options.reserved is mode now'
planted "another name of a parameter is no change" 0 's/kv_store store, /kv_store it, /' 'abi: programs'
planted "another version of the library is no change" 0 's/KV_VERSION_MINOR 3/KV_VERSION_MINOR 4/' \
    'abi: programs'
planted "a break that KV_ABI_VERSION announces passes, and is listed" 0 \
    '/kv_walk/d; s/KV_ABI_VERSION 7/KV_ABI_VERSION 8/' 'break: function kv_walk is gone' 'KV_ABI_VERSION 8 announces'

# The library of these is one that lacks a function, has another, and is called otherwise.
library=$scratch/libkv.so
echo 'void kv_open(void) {} void kv_close(void) {} void kv_secret(void) {}' |
    gcc -x c -shared -fPIC -Wl,-soname,libkv.so.9 - -o "$library"
planted "a library that was built from something else" 1 's/kv_store store, /kv_store it, /' \
    'break: the library that was built does not export kv_walk' \
    'break: the library that was built exports kv_secret' \
    'break: the library that was built has the SONAME libkv.so.9'
library=

verb=bless
planted "a break is not blessed" 1 '/kv_walk/d' 'break: function kv_walk is gone' 'abi: not blessed'
planted "a break that is announced is blessed" 0 '/kv_walk/d; s/KV_ABI_VERSION 7/KV_ABI_VERSION 8/' 'KV_ABI_VERSION 8 announces'
verb=check
planted "the description is that of the new version" 0 \
    '/kv_walk/d; s/KV_ABI_VERSION 7/KV_ABI_VERSION 8/' 'abi: programs compiled for KV_ABI_VERSION 8'
if [[ $(cd "$scratch/abi" && echo *) == 'kv-8.abi kv-8.constants' ]]; then
    echo "ok the description of the old version is gone"
    passed=$((passed + 1))
else
    echo "FAILED the description of the old version is gone: $(ls "$scratch/abi")"
    failed=$((failed + 1))
fi
if grep -q "$scratch\|$root\|/usr/" "$scratch"/abi/*; then
    echo "FAILED a description names a place of this machine"
    failed=$((failed + 1))
else
    echo "ok a description names no place of this machine"
    passed=$((passed + 1))
fi

status=0
"$root/scripts/abi.sh" check >"$scratch/output" 2>&1 || status=$?
check_run "include/kv.h is compatible with the last release" 0 'abi: programs'

echo "$passed passed, $failed failed"
((failed == 0))
