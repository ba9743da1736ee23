# shellcheck shell=bash
# The installation and the program of the histories, for the scripts here that source this after
# scripts/harness.sh.
# shellcheck source=scripts/installation.sh
. "$root/scripts/installation.sh"

# Histories that failed stay here.
kept=$target/histories/kept
# In memory an fsync takes no time.
place=$TMPDIR
if [[ -d /dev/shm && -w /dev/shm ]]; then
    place=$(mktemp -d /dev/shm/kv-histories.XXXXXX)
    # shellcheck disable=SC2064
    trap "clean_up; rm -rf '$place'" EXIT
fi

# build_program PACKAGE: builds a program here, with the checks of its form.
build_program() {
    local unformatted
    cd "$root/tests/histories"
    unformatted=$(gofmt -l .)
    if [[ -n $unformatted ]]; then
        echo "gofmt would change: $unformatted"
        return 1
    fi
    go build -o "$scratch/program" "$1"
}

# figures NAME: makes the row of the table of what the program printed last, and says it.
figures() {
    local words violations
    IFS=$'\t' read -r words violations <"$scratch/figures"
    row "$1" "$words" "$violations"
    echo "# $words"
}

# is_a_number WORD
is_a_number() { [[ $1 =~ ^[0-9]+$ ]]; }

seed=${KV_SEED:-$((SRANDOM & 0x7fffffff))}
