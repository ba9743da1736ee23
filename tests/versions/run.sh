#!/usr/bin/env bash
# Two versions of the library, 0.1 and this one: on one file, and under each other's bindings.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/tests/versions/old.sh"

. "$root/tests/versions/files.sh"
. "$root/tests/versions/bindings.sh"
row "two versions" "$passed cases of files and bindings" "$failed"
finish
