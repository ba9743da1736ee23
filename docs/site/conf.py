"""Sphinx's settings of the documentation site; docs/site/stage.py prepares the sources."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

project = "kv"
author = "the authors of kv"
project_copyright = author
version = release = re.search(  # type: ignore[union-attr]
    r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE
)[1]

extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_build"]
nitpicky = True

# Links to headings are those of repository viewers.
myst_heading_anchors = 6
myst_enable_extensions: "list[str]" = []

html_theme = "furo"
html_title = f"kv {release}"
html_static_path = [str(ROOT / "docs/site/static")]
html_css_files = ["kv.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
# Summaries are fetched, which a browser refuses for files.
html_show_search_summary = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5c6b", "color-brand-content": "#0b5c6b"},
    "dark_css_variables": {"color-brand-primary": "#6cc5d6", "color-brand-content": "#6cc5d6"},
    "navigation_with_keys": True,
}
# Of the package accessible-pygments, which the theme requires: code of high contrast.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# A console block is copied without its prompts and output.
copybutton_prompt_text = r"\$ |> "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True


def add_mermaid(app, page, template, context, doctree):  # noqa: ANN001, ANN201
    """Loads mermaid on the pages that have a diagram, and on no other."""
    if 'class="mermaid"' in context.get("body", ""):
        app.add_js_file("mermaid.min.js")
        app.add_js_file("diagrams.js")


def setup(app):  # noqa: ANN001, ANN201
    """Connects what this file adds to Sphinx."""
    app.connect("html-page-context", add_mermaid)
