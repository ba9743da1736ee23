#!/usr/bin/env python3
"""Shows that the checks of documents notice what is wrong: each case is a small tree with a fault, and a
case without one passes.
"""

import tempfile
import unittest
from pathlib import Path

import blocks
import index
import links
import schema
import statuses
from document import anchors, read


class Tree(unittest.TestCase):
    """A source tree in a scratch folder."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, path: str, text: str) -> Path:
        """Writes a file of the tree."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


class Blocks(Tree):
    """Blocks of code and their marks."""

    def faults(self, text: str) -> "list[str]":
        """Returns the faults of a page with this text."""
        self.write("tests/it.c", "int main(void)\n{\n    if (a)\n        b();\n    return 0;\n}\n")
        self.write("tests/it.rs", "// reads docs/page.md\n")
        return blocks.faults_of(read(self.write("docs/page.md", text)), self.root)

    def is_wrong(self, text: str, reason: str) -> None:
        """Asserts that a page has one fault, with this reason in it."""
        faults = self.faults(text)
        self.assertEqual(len(faults), 1, faults)
        self.assertIn(reason, faults[0])

    def test_marked_blocks_and_plain_text_pass(self) -> None:
        page = (
            "# T\n\n<!-- file: a.c -->\n```c\nint a;\n```\n\n<!-- run -->\n```sh\ncc a.c\n```\n"
            "\n```text\nno code\n```\n\n```mermaid\nflowchart\n```\n"
            "\n<!-- from: tests/it.c -->\n```c\nif (a)\n    b();\n```\n"
            "\n<!-- tested by: tests/it.rs -->\n```yaml\na: 1\n```\n"
        )
        self.assertEqual(self.faults(page), [])

    def test_a_block_without_a_mark(self) -> None:
        self.is_wrong("# T\n\n```go\nfunc main() {}\n```\n", "a block of go has no mark")
        self.is_wrong(
            "# T\n\n<!-- run -->\n\n```sh\ntrue\n```\n\n<!-- run -->\n```sh\n```\n".replace(
                "<!-- run -->\n\n", "A.\n\n", 1
            ),
            "a block of sh has no mark",
        )

    def test_a_mark_of_an_unknown_form(self) -> None:
        self.is_wrong("# T\n\n<!-- runs -->\n```sh\ntrue\n```\n", "a block of sh has no mark")
        faults = self.faults("# T\n\n<!-- run: a.sh -->\n```sh\ntrue\n```\n")
        self.assertIn("this is no mark", faults[0])

    def test_a_mark_without_a_block(self) -> None:
        self.is_wrong("# T\n\n<!-- run -->\n\nText.\n", "1 marks have no block")

    def test_a_block_without_a_language_or_end(self) -> None:
        self.is_wrong("# T\n\n```\ntext\n```\n", "no language")
        self.is_wrong("# T\n\n```text\ntext\n", "no end")

    def test_a_language_that_is_not_run(self) -> None:
        self.is_wrong("# T\n\n<!-- run -->\n```python\n1\n```\n", "sh or console, not python")

    def test_files_that_nothing_uses(self) -> None:
        self.is_wrong("# T\n\n<!-- file: a.c -->\n```c\nint a;\n```\n", "none that is run")

    def test_an_excerpt_that_differs_or_is_of_no_file(self) -> None:
        page = "# T\n\n<!-- from: {} -->\n```c\n{}\n```\n"
        self.is_wrong(page.format("tests/it.c", "if (a)\n    c();"), "word for word")
        self.is_wrong(page.format("tests/it.c", "if (a)\nb();"), "word for word")
        self.is_wrong(page.format("tests/no.c", "b();"), "is no file")

    def test_a_test_that_does_not_read_the_page(self) -> None:
        mark = "# T\n\n<!-- tested by: {} -->\n```yaml\na: 1\n```\n"
        self.is_wrong(mark.format("tests/it.c"), "does not read docs/page.md")
        self.is_wrong("# T\n\n<!-- transcripts: tests/no.rs -->\n", "is no file")

    def test_transcripts_cover_consoles_only(self) -> None:
        page = "# T\n\n<!-- transcripts: tests/it.rs -->\n\n```console\n$ kv\n```\n"
        self.assertEqual(self.faults(page), [])
        self.is_wrong(page + "\n```sh\nkv\n```\n", "a block of sh has no mark")


class Links(Tree):
    """Links between pages."""

    def test_links(self) -> None:
        page = self.write("docs/page.md", "# The `kv_set`: a call\n\n## A b\n\n## A b\n")
        self.write("out.md", "# O\n")
        right = [
            "page.md",
            "#a-b",
            "page.md#a-b-1",
            "../out.md",
            "https://sqlite.org/a",
            "../docs/",
        ]
        wrong = [
            "none.md",
            "#c",
            "page.md#a-b-2",
            "../../x",
            "/etc",
            "https://host",
            "ftp://a.b/",
            "",
        ]
        self.assertEqual([links.fault_of(it, page, self.root) for it in right], [""] * len(right))
        for link in wrong:
            self.assertTrue(links.fault_of(link, page, self.root), link)
        self.assertIn("the-kv_set-a-call", anchors(read(page)))

    def test_links_are_found_in_prose_only(self) -> None:
        text = "# T\n\n[a](b.md), `[c](d.md)`,\n[two\nlines](e.md)\n\n```text\n[f](g.md)\n```\n[h]: i.md\n"
        found = links.links(read(self.write("docs/page.md", text)))
        self.assertEqual(found, [(3, "b.md"), (4, "e.md"), (10, "i.md")])


class Index(Tree):
    """The index of the pages."""

    def test_a_page_without_a_place_or_title(self) -> None:
        self.write("docs/order.txt", "Part\n    b.md\n    parts/*.md\n")
        self.write("docs/parts/a.md", "# A\n\nOne [thing](../b.md), in\ntwo lines. More.\n")
        text = index.index_of(self.root / "docs")
        self.assertIn("\n## Part\n\n- [A](parts/a.md): One thing, in two lines.\n", text)
        self.write("docs/c.md", "# C\n\nC.\n")
        with self.assertRaisesRegex(ValueError, "no place for c.md"):
            index.index_of(self.root / "docs")
        (self.root / "docs/c.md").unlink()
        self.write("docs/b.md", "B.\n")
        with self.assertRaisesRegex(ValueError, "does not begin with a title"):
            index.index_of(self.root / "docs")


class Statuses(unittest.TestCase):
    """The page of statuses."""

    def test_a_status_that_is_missing_or_has_another_number(self) -> None:
        root = Path(__file__).parents[2]
        header = (root / "include/kv.h").read_text(encoding="utf-8")
        page = (root / "docs/reference/statuses.md").read_text(encoding="utf-8")
        wrong = {
            page.replace("### KV_ERR_IO\n", ""): "KV_ERR_IO has 0 sections",
            page.replace("| -10 |", "| -11 |"): "KV_ERR_IO has no row with the number -10",
            page + "\n### KV_ERR_NEW\n": "KV_ERR_NEW is no status",
            page.replace("(#kv_ok)", "(#kv_done)"): "the row of KV_OK links to kv_done",
        }
        for text, reason in wrong.items():
            self.assertIn(reason, " ".join(statuses.faults_of(header, text)))


class Schema(unittest.TestCase):
    """The tables of a file."""

    def test_blanks_do_not_count_and_names_do(self) -> None:
        documented = schema.statements_of("CREATE TABLE a (b,\n    c) STRICT;\n")
        self.assertEqual(documented, schema.statements_of("CREATE TABLE a (\n b, c\n) STRICT"))
        self.assertNotEqual(documented, schema.statements_of("CREATE TABLE a (b, d) STRICT"))


if __name__ == "__main__":
    unittest.main(verbosity=0)
