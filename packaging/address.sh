#!/usr/bin/env bash
# Gives the packages a name or an address: sets it in names.json, and renames the Go module in the
# sources, if it is that.
#
#   packaging/address.sh KEY VALUE      such as homepage https://example.org/kv, or go.module example.org/kv
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if (($# != 2)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
key=$1
value=$2
before=$("$here/name.sh" "$key")
if [[ $key == go.module ]]; then "$here/go/rename.sh" "$before" "$value"; fi
# Lines stay as they are, but for the one value.
python3 - "$here/names.json" "$key" "$before" "$value" <<'PYTHON'
import json
import sys

path, key, before, after = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    text = file.read()
field = json.dumps(key.split(".")[-1]) + ": "
old, new = field + json.dumps(before), field + json.dumps(after)
if text.count(old) != 1:
    sys.exit(f"address.sh: {path} has {text.count(old)} fields {old}")
with open(path, "w", encoding="utf-8") as file:
    file.write(text.replace(old, new))
PYTHON
echo "$key: $("$here/name.sh" "$key")"
