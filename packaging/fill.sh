#!/usr/bin/env bash
# Prints a template with the values of its placeholders, such as @VERSION@. A placeholder without a
# value is an error, and so is a value without a placeholder.
#
#   packaging/fill.sh TEMPLATE NAME=VALUE...
set -euo pipefail

if (($# < 1)); then
    echo "usage: $0 TEMPLATE NAME=VALUE..." >&2
    exit 2
fi
template=$1
text=$(<"$template")
shift
for pair in "$@"; do
    name=@${pair%%=*}@
    if [[ $text != *"$name"* ]]; then
        echo "fill.sh: $template has no $name" >&2
        exit 1
    fi
    text=${text//"$name"/"${pair#*=}"}
done
if left=$(grep -o -m 1 '@[A-Z0-9_]\+@' <<<"$text"); then
    echo "fill.sh: $template has no value for $left" >&2
    exit 1
fi
printf '%s\n' "$text"
