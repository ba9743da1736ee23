#!/usr/bin/env bash
# Builds the documentation site into target/docs-site, looks at its pages in a browser if there is one,
# and prints the path of the first page.
#
#   scripts/docs.sh [tools]      tools: only installs what builds it, into target/docs-tools
#
# The packages of Python and Node are those of docs/locks/site.txt and docs/site/package-lock.json. They
# are installed once; after that nothing is fetched.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
tools=$target/docs-tools
site=$target/docs-site
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1

# same_lock LOCK COPY: answers whether what is installed is what a lock says.
same_lock() { cmp -s "$1" "$2"; }

install_python() {
    local lock=$root/docs/locks/site.txt
    if same_lock "$lock" "$tools/site.txt"; then return; fi
    rm -rf "$tools/python"
    python3 -m venv "$tools/python"
    "$tools/python/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: -r "$lock"
    cp "$lock" "$tools/site.txt"
}

install_node() {
    local lock=$root/docs/site/package-lock.json
    if same_lock "$lock" "$tools/node/installed.json"; then return; fi
    rm -rf "$tools/node"
    mkdir -p "$tools/node"
    cp "$root/docs/site/package.json" "$lock" "$root/docs/site/.npmrc" "$tools/node"
    (cd "$tools/node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$lock" "$tools/node/installed.json"
}

mkdir -p "$tools"
install_python
install_node
if [[ ${1:-} == tools ]]; then exit 0; fi

rm -rf "$site"
mkdir -p "$site"
"$tools/python/bin/python" "$root/docs/site/stage.py" "$site/sources"
"$tools/python/bin/sphinx-build" --fail-on-warning --keep-going --quiet --jobs auto \
    -c "$root/docs/site" -d "$site/doctrees" "$site/sources" "$site/html"
cp "$tools/node/node_modules/mermaid/dist/mermaid.min.js" "$site/html/_static"
echo "$site/html/index.html"
if command -v chromium >/dev/null; then
    "$root/tests/docs/pages.sh"
else
    echo "the pages were not looked at: chromium is not installed; scripts/setup.sh docs installs it"
fi
