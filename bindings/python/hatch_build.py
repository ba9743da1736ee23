"""Puts the shared library and the declarations of its header into the wheel.

The library is that of KV_LIBRARY if it is set, else cargo builds it from the tree around. The wheel
is for any Python 3 of Linux on the library's processor, and says so in its name;
packaging/python/build.sh makes the one that names the oldest libc too.
"""

from __future__ import annotations

import os
import platform
import runpy
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The names that pip has for the processors of ELF.
PROCESSORS = {62: "x86_64", 183: "aarch64"}


def processor_of(library: Path) -> str:
    """Returns the processor of a shared library; of one that has no name here, that of this machine."""
    with library.open("rb") as file:
        header = file.read(20)
    return PROCESSORS.get(int.from_bytes(header[18:20], "little"), platform.machine())


class LibraryHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            raise RuntimeError(
                "only wheels can be built: a source distribution would lack the library"
            )
        here = Path(self.root)
        root = here.parent.parent
        self.scratch = tempfile.mkdtemp()
        library = Path(self.scratch, "libkv.so.0")
        shutil.copyfile(self.library_of(root), library)
        processor = processor_of(library)
        # Names for a debugger are four fifths of the file. strip knows the files of its own processor.
        if processor == platform.machine() and shutil.which("strip"):
            subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)
        module = Path(self.scratch, "_abi.py")
        generate = runpy.run_path(str(here / "generate.py"))["generate"]
        header = (root / "include" / "kv.h").read_text(encoding="utf-8")
        module.write_text(generate(header), encoding="utf-8")

        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-linux_{processor}"
        build_data["force_include"][str(library)] = "kv/libkv.so.0"
        build_data["force_include"][str(module)] = "kv/_abi.py"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(self.scratch)

    @staticmethod
    def library_of(root: Path) -> Path:
        given = os.environ.get("KV_LIBRARY")
        if given:
            return Path(given)
        target = Path(os.environ.get("CARGO_TARGET_DIR") or root / "target")
        # With the command's features, as all others build it, so that it is built once.
        packages = ["--locked", "-p", "kv", "-p", "kv-cli", "--lib"]
        command = ["cargo", "build", "--quiet", "--release", *packages, "--target-dir", str(target)]
        subprocess.run(command, cwd=root, check=True)
        return target / "release" / "libkv.so"
