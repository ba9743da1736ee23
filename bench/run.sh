#!/usr/bin/env bash
# Compares kv with its peers; the whole comparison writes bench/results/compare.json and compare.svg.
# With --db-bench, --sizes, --many-keys or --little-memory alone, it writes the results and the chart of that
# name there: the benchmarks of db_bench, values of 10 bytes to 1 MB, 10,000,000 keys, and the same keys
# with 1 GiB of memory, which is less than they take.
# With --surcharges it runs bench/watch, bench/quota and bench/redis, and draws the chart of their results.
# With other arguments it is a run that leaves those alone: bench/run.sh --only get --rounds 3
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/harness.sh"
cd "$root/bench/compare"

# Prints the Debian packages whose headers the C compiler does not find.
missing_packages() {
    local header package
    while read -r header package; do
        if ! echo "#include <$header>" | cc -E - >/dev/null 2>&1; then
            echo "$package"
        fi
    done <<'PEERS'
lmdb.h liblmdb-dev
leveldb/c.h libleveldb-dev
rocksdb/c.h librocksdb-dev
PEERS
}

mapfile -t packages < <(missing_packages)
if ((${#packages[@]})); then
    as_root=()
    if ((EUID != 0)); then
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

# with_memory BYTES COMMAND...: runs a command in a control group with so much memory, in which the page
# cache counts. Only root may make the group.
with_memory() {
    local groups=/sys/fs/cgroup/memory limit=memory.limit_in_bytes status=0
    if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
        groups=/sys/fs/cgroup
        limit=memory.max
        echo +memory >"$groups/cgroup.subtree_control"
    fi
    local group=$groups/kv-bench.$$
    mkdir "$group"
    echo "$1" >"$group/$limit"
    shift
    (echo "$BASHPID" >"$group/cgroup.procs" && exec "$@") || status=$?
    rmdir "$group"
    return "$status"
}

use_library
if [[ "$*" == --surcharges ]]; then
    for bench in watch quota redis; do "$root/bench/$bench/run.sh"; done
    set -- surcharges ../results ../results/surcharges.svg
fi
within=()
# The workloads of 10,000,000 keys, of which a round takes minutes.
many=(--keys 10000000 --only 'get-uniform,get-hot,=scan,get-sustained,=set-sustained')
case "$*" in
'') results=compare ;;
--db-bench) results=db-bench ;;
--sizes) results=sizes ;;
--many-keys)
    results=many-keys
    set -- "${many[@]}" --rounds 3
    ;;
--little-memory)
    results=little-memory
    set -- "${many[@]}" --rounds 1 --ops-scale 0.2
    within=(with_memory $((1 << 30)))
    ;;
*) results= ;;
esac
if [[ -n $results ]]; then
    set -- "$@" --json "../results/$results.json" --svg "../results/$results.svg"
fi
cargo build --release --locked
# The results name the library that was run, and no directory of the machine.
"${within[@]}" cargo run --release --locked --quiet -- "$@" --kv "$(realpath --relative-to=. "$KV_LIBRARY")"
