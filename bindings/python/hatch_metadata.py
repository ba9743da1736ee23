"""Describes the package to an index: its page, the authors and the addresses.

The authors and addresses are those of packaging/names.json. An address that is empty there is left out.
"""

from __future__ import annotations

import runpy
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class DescriptionHook(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        here = Path(self.root)
        pages = runpy.run_path(str(here.parent.parent / "packaging/page.py"))
        names = pages["names"]()
        name, email = parseaddr(names["maintainer"])
        metadata["authors"] = [{"name": name, "email": email}]
        addresses = {"Homepage": names["homepage"], "Repository": names["repository"]}
        metadata["urls"] = {label: url for label, url in addresses.items() if url}
        text = pages["page_of"](here / "README.md", metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
