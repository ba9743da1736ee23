# shellcheck shell=bash disable=SC2154
# The pages of indexes: a README without links into the tree.

# The words of a link stay, with the repository's address in front of its path if there is one.
links_lead_to_the_repository() {
    python3 - "$root/packaging/page.py" <<'END'
import runpy, sys
page = runpy.run_path(sys.argv[1])["page"]
text = "[a](../docs/x.md#y) [b](#c) [d](https://e/f) [g](h/i)"
assert page(text, "bindings", "https://r", "1") == (
    "[a](https://r/blob/v1/docs/x.md#y) [b](#c) [d](https://e/f) [g](https://r/blob/v1/bindings/h/i)"
)
assert page(text, "bindings", "", "1") == "a [b](#c) [d](https://e/f) g"
END
}

job "links of a page lead to the repository, if it has an address" links_lead_to_the_repository
