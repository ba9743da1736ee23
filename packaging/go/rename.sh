#!/usr/bin/env bash
# Renames the module of the Go binding in this tree: in go.mod files, imports, documents, scripts.
# packaging/names.json, which has the name that packaging/go/build.sh expects, is left as it is.
#
#   packaging/go/rename.sh OLD NEW       such as kv.internal/kv example.org/kv
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if (($# != 2)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
old=$1
new=$2

refuse() {
    echo "rename.sh: $*" >&2
    exit 1
}

label='[a-z0-9]([a-z0-9-]*[a-z0-9])?'
[[ $new =~ ^$label(\.$label)+(/[A-Za-z0-9][A-Za-z0-9._~-]*)*$ ]] ||
    refuse "$new is no path of a module: a domain, and parts after a slash"
grep -qxF "module $old" bindings/go/go.mod ||
    refuse "the module is not $old: $(sed -n 's/^module //p' bindings/go/go.mod)"

# The name, and not one that only begins or ends like it.
before='(^|[^A-Za-z0-9_./-])'
after='($|[^A-Za-z0-9_-])'
pattern=$before${old//./\\.}$after
mapfile -d '' -t files < <(find . \
    \( -name .git -o -name target -o -name node_modules -o -path ./build -o -path ./dist \) -prune \
    -o -type f \( -name '*.go' -o -name go.mod -o -name '*.md' -o -name '*.sh' \) -print0 |
    xargs -0 grep -lZE "$pattern")
# Twice, as the character behind a name is also the one before the next; and by way of a mark, as
# the new name may begin with the old one.
sed -i -E "s#$pattern#\\1\\x01\\2#g; s#$pattern#\\1\\x01\\2#g; s#\\x01#$new#g" "${files[@]}"

# Imports and requirements are in the order of their paths.
sources=()
for file in "${files[@]}"; do
    case $file in
    *.go) sources+=("$file") ;;
    */go.mod) go mod edit -fmt "$file" ;;
    esac
done
gofmt -w "${sources[@]}"
echo "renamed $old to $new in ${#files[@]} files"
