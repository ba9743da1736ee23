#!/usr/bin/env bash
# Prints a name, an address or an identity of a package, from packaging/names.json. A key that is not
# there is an error, an empty value is not.
#
#   packaging/name.sh KEY      such as homepage, or debian.library
#
#   KV_NAMES      another file with names
set -euo pipefail

if (($# != 1)); then
    echo "usage: $0 KEY" >&2
    exit 2
fi
python3 - "$1" "${KV_NAMES:-$(dirname "${BASH_SOURCE[0]}")/names.json}" <<'PYTHON'
import json
import sys

key, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    value = json.load(file)
for part in key.split("."):
    value = value.get(part) if isinstance(value, dict) else None
if not isinstance(value, str):
    sys.exit(f"name.sh: {path} has no text {key}")
print(value)
PYTHON
