#!/usr/bin/env bash
# Looks at each page of the documentation site in Chromium, from its file and without a network: narrow
# and wide. A page has no error on the console, is not wider than the window, and draws its diagrams; the
# search finds the pages of known words.
#
#   tests/docs/pages.sh          KEEP=1 keeps a screenshot of each page
#
# scripts/docs.sh builds the site, and runs this.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

here=$root/tests/docs
export NODE_PATH=$target/docs-tools/node/node_modules

# look FOLDER WORDS: looks at the pages of a folder; WORDS is a file of words with their pages.
look() {
    mkdir -p "$scratch/profile" "$scratch/pictures"
    timeout 550 node "$here/pages.js" "$1" "$2" "$scratch/profile" "${KEEP:+$scratch/pictures}"
}

# planted NAME BODY: prints what is noticed on a page of this body.
planted() {
    local folder=$scratch/planted-$1
    mkdir -p "$folder"
    printf '<!doctype html><title>planted</title><body><main>%s</main>\n' "$2" >"$folder/page.html"
    : >"$folder/words"
    # In a subshell of its own, as a profile belongs to one browser at a time.
    (scratch=$folder && must_fail look "$folder" "$folder/words")
}

faults_are_noticed() {
    planted error '<script>nothing.at.all</script>' | grep 'FAILED.*nothing is not defined'
    planted wide '<div style="width: 2000px">wide</div>' | grep 'FAILED.*wider than the window'
    planted picture '<img src="none.png">' | grep 'FAILED.*none.png'
    planted diagram '<pre class="mermaid">flowchart</pre>' | grep 'FAILED.*a diagram is not drawn'
    planted link '<a href="#none">nowhere</a>' | grep 'FAILED.*#none'
    { planted passes 'text' || true; } | grep 'expected to fail'
}

need node chromium
if [[ ! -e $target/docs-site/html/index.html || ! -d $NODE_PATH/playwright-core ]]; then
    fail "there is no site: scripts/docs.sh builds it"
    finish
fi
check "control: faults of a page are noticed" faults_are_noticed
program "the pages of the site" look "$target/docs-site/html" "$here/words.txt"
report
finish
