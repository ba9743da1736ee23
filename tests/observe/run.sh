#!/usr/bin/env bash
# Tests the metrics with a real Prometheus: it scrapes a Go program with two stores that are in use,
# and runs the expressions of the dashboard, whose metrics must exist, and some whose values are known.
#
#   tests/observe/run.sh
#
# KV_PREFIX names an installation to test, KV_LIBRARY a shared library that is built already.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
# shellcheck source=scripts/installation.sh
. "$root/scripts/installation.sh"

need go pkg-config python3
if ! has prometheus || ! has promtool; then
    skip "tests/observe" "prometheus is not installed; scripts/setup.sh test installs it"
    finish
fi
readonly dashboard=$root/docs/operating/dashboard.json
cd "$root/tests/observe"

# The processes end also after a failure; the harness waits for jobs of the shell, which these are not.
processes=()
end_processes() {
    local process
    for process in "${processes[@]}"; do end_process "$process"; done
    processes=()
    clean_up
}
trap end_processes EXIT

build() {
    module_is_tidy
    go vet ./...
    go build -o "$scratch/serve" ./serve
}

module_is_tidy() { go mod tidy -diff; }

free_port() {
    python3 -c 'import socket; it = socket.socket(); it.bind(("127.0.0.1", 0)); print(it.getsockname()[1])'
}

# Leaves the address of the program in $scratch/address. Its input ends with the pipe.
start_program() {
    mkdir "$scratch/stores"
    mkfifo "$scratch/input"
    "$scratch/serve" "$scratch/stores" <"$scratch/input" >"$scratch/address" 2>"$scratch/serve.err" &
    server=$!
    disown "$server"
    processes+=("$server")
    exec 9>"$scratch/input"
    timeout 30 sh -c 'until [ -s "$0" ]; do sleep 0.1; done' "$scratch/address" || {
        cat "$scratch/serve.err"
        return 1
    }
}

start_prometheus() {
    prometheus_address=127.0.0.1:$(free_port)
    cat >"$scratch/prometheus.yml" <<EOF
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: kv
    static_configs:
      - targets: ["$(cat "$scratch/address")"]
EOF
    promtool check config "$scratch/prometheus.yml" >"$scratch/promtool.log"
    prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/data" \
        --web.listen-address="$prometheus_address" >"$scratch/prometheus.log" 2>&1 9>&- &
    processes+=("$!")
    disown $!
}

fetch_metrics() { # PATH
    python3 -c 'import sys, urllib.request as it; sys.stdout.write(it.urlopen(sys.argv[1], timeout=10).read().decode())' \
        "http://$(cat "$scratch/address")/$1"
}

# promtool reads the metrics, and has nothing to say about their names.
promtool_accepts() { # PATH
    fetch_metrics "$1" >"$scratch/$1.txt"
    grep -q '^kv_commits_total{' "$scratch/$1.txt"
    promtool check metrics <"$scratch/$1.txt" 2>&1 | tee "$scratch/said"
    [[ ! -s $scratch/said ]]
}

runs_the_queries() { # DASHBOARD
    python3 queries.py "$prometheus_address" "$1"
}

# Changes the first expression of the dashboard, and expects one failure that says WHY.
notices() { # WHY EXPRESSION
    python3 - "$dashboard" "$2" >"$scratch/changed.json" <<'EOF'
import json, sys
changed = json.load(open(sys.argv[1]))
changed["panels"][0]["targets"][0]["expr"] = sys.argv[2]
json.dump(changed, sys.stdout)
EOF
    runs_the_queries "$scratch/changed.json" >"$scratch/said"
    [[ $(grep -c '^FAILED ' "$scratch/said") == 1 ]]
    grep -F "$1" <(grep '^FAILED ' "$scratch/said")
}

# The program closes its stores, which are as they should be.
ends_well() {
    timeout 30 tail --pid="$server" -f /dev/null
    diff /dev/null "$scratch/serve.err"
}

use_installation
check "the program builds" build
if ((failed)); then finish; fi
start_program
start_prometheus
program "queries" runs_the_queries "$dashboard"
report
check "promtool accepts the text of the library" promtool_accepts text
check "promtool accepts the metrics of the collector" promtool_accepts metrics
check "an expression that is none is noticed" notices "parse error" 'sum(rate(kv_commits_total[10s])'
check "a metric that is not there is noticed" notices "there is no kv_wishes_total" 'kv_wishes_total'
check "an unknown variable is noticed" notices "unknown variable" 'kv_commits_total{job="$job"}'
exec 9>&-
check "the program ends and closes its stores" ends_well
finish
