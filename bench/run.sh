#!/usr/bin/env bash
# Compares kv with its peers; the whole comparison writes bench/results/compare.json and compare.svg.
# With --db-bench or --sizes alone, it writes db-bench.json or sizes.json there, and the chart.
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

use_library
case "$*" in
'') results=compare ;;
--db-bench) results=db-bench ;;
--sizes) results=sizes ;;
*) results= ;;
esac
if [[ -n $results ]]; then
    set -- "$@" --json "../results/$results.json" --svg "../results/$results.svg"
fi
cargo build --release --locked
# The results name the library that was run, and no directory of the machine.
cargo run --release --locked --quiet -- --kv "$(realpath --relative-to=. "$KV_LIBRARY")" "$@"
