#!/usr/bin/env bash
# I/O faults; tests/torture/faults/run.sh says more, tests/torture/power/run.sh loses power.
#
#   tests/torture/run.sh [SAMPLE]
exec "$(dirname "${BASH_SOURCE[0]}")/faults/run.sh" "$@"
