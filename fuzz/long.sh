# shellcheck shell=bash
# The long run of run.sh, which sources this: libFuzzer on a library and targets with coverage and with
# the address and undefined-behaviour sanitizers.

. "$root/scripts/sanitized.sh"

sanitizers=("${asan_flags[@]}" -fsanitize=fuzzer-no-link)

# The library with coverage in Rust and in SQLite. The stable compiler has both, and the switches only
# behind this variable.
build_covered() {
    local name=${triple//-/_} option flags="-Zsanitizer=address -Cpasses=sancov-module"
    for option in level=4 inline-8bit-counters pc-table trace-compares; do
        flags+=" -Cllvm-args=-sanitizer-coverage-$option"
    done
    # Optimised, because each step slower is an input less, and with the checks of a debug build.
    (cd "$root" && env RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true \
        RUSTFLAGS="$flags" "CC_$name=clang" "CFLAGS_$name=-g -fno-omit-frame-pointer ${sanitizers[*]}" \
        cargo build --release --quiet "${library_packages[@]}" --lib --target "$triple" --target-dir "$target/fuzz")
    provide "$scratch/covered" "$target/fuzz/$triple/release/libkv.so"
}

# A target with libFuzzer.
build_fuzzer() { # TARGET
    local part objects=()
    for part in "$1" $(parts "$1"); do
        clang -std=gnu11 -O1 -g -fno-omit-frame-pointer -Wall -Wextra -Werror -I "$root/include" \
            "${sanitizers[@]}" -c "$here/$part.c" -o "$scratch/$1-$part.o"
        objects+=("$scratch/$1-$part.o")
    done
    # shellcheck disable=SC2046 # the words of runtime are words
    clang "${objects[@]}" -o "$scratch/fuzz-$1" "$(clang_library fuzzer a)" $(runtime asan) \
        -L "$scratch/covered" -lkv -Wl,-rpath,"$scratch/covered" -pthread -ldl
}

# Fuzzes a target. New inputs go to scratch. What valgrind shows of leaks is not looked for here: with
# threads of the library in between, each input would take a tenth of a second.
fuzz() { # TARGET SECONDS FOLDER
    local found=$scratch/found-$1
    mkdir -p "$found" "$kept"
    ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 "$scratch/fuzz-$1" \
        -seed="$seed" -max_total_time="$2" -timeout=60 -rss_limit_mb=4096 -detect_leaks=0 \
        -print_final_stats=1 -artifact_prefix="$kept/$1-" "$found" "$3" \
        </dev/null >"$scratch/log-$1" 2>&1
}

fuzz_target() { # TARGET SECONDS
    build_fuzzer "$1"
    if fuzz "$1" "$2" "$here/corpus/$1"; then
        echo "# $(inputs_of "$1") inputs"
        return
    fi
    grep -aE 'violation|ERROR|SUMMARY|^ +#[0-9]+ |Test unit' "$scratch/log-$1" || tail -n 30 "$scratch/log-$1"
    echo "seed $seed; replay it with: fuzz/run.sh replay $1 FILE, where FILE is the test unit above"
    return 1
}

inputs_of() { # TARGET
    local inputs
    inputs=$(sed -n 's/^stat::number_of_executed_units: //p' "$scratch/log-$1")
    echo "${inputs:-0}"
}

# libFuzzer finds a planted fault, and the library reports its coverage to it.
planted_is_found() { # FAULT WORDS
    export KV_FUZZ_PLANTED=$1
    kept=$scratch/planted-$1
    mkdir "$scratch/from-$1"
    printf '[1]' >"$scratch/from-$1/seed"
    cp "$scratch/fuzz-planted" "$scratch/fuzz-$1"
    must_fail fuzz "$1" 300 "$scratch/from-$1"
    grep -a 'Loaded 2 modules' "$scratch/log-$1"
    grep -a "$2" "$scratch/log-$1"
    echo "# after $(inputs_of "$1") inputs"
}

long() { # SECONDS
    local each name total=0 before
    if ! has clang; then fail "clang is not installed"; return; fi
    seed=${KV_SEED:-$SRANDOM}
    echo "seed $seed"
    check "the library with coverage is built" build_covered
    check "planted faults are built" build_fuzzer planted
    if ((failed)); then return; fi
    job "a planted overflow is found" planted_is_found overflow heap-buffer-overflow
    job "a planted end in the library is found" planted_is_found deep 'deadly signal'
    report
    # So many targets run at once, each for its part of the time.
    each=$(($1 * processors / ${#targets[@]}))
    for name in "${targets[@]}"; do job "$name" fuzz_target "$name" $((each > 0 ? each : 1)); done
    before=$failed
    report
    for name in "${targets[@]}"; do total=$((total + $(inputs_of "$name"))); done
    if ((total == 0)); then fail "no input was run"; fi
    row fuzzing "${#targets[@]} targets, $total inputs" $((failed - before))
}
