"""Where the library is found, and what is said of one that cannot be used."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import kv
from conftest import run_python
from kv.library import LibraryError, load

PACKAGE = Path(kv.__file__).parent
PACKED = PACKAGE / "libkv.so.0"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of the package without its library."""
    shutil.copytree(PACKAGE, tmp_path / "bare" / "kv", ignore=shutil.ignore_patterns("libkv*"))
    return tmp_path / "bare"


def imported(bare: Path, **variables: str) -> tuple[str, str]:
    # The copy goes before the installed package.
    program = "import sys; sys.path.insert(0, sys.argv[1]); import kv; print(kv.__file__)"
    ended = run_python(program, str(bare), **{"KV_LIBRARY": "", **variables})
    return ended.stdout.strip(), ended.stderr


def test_the_packed_library_is_used_whatever_the_variable_says(tmp_path: Path) -> None:
    program = "import kv; print(kv.library.functions.library._name)"
    ended = run_python(program, KV_LIBRARY=str(tmp_path / "missing" / "libkv.so"))
    assert ended.stdout.strip() == str(PACKED)


def test_without_a_packed_one_the_variable_names_it(bare: Path) -> None:
    assert imported(bare, KV_LIBRARY=str(PACKED)) == (str(bare / "kv" / "__init__.py"), "")


def test_without_either_the_system_has_it(bare: Path) -> None:
    place = bare / "lib"
    place.mkdir()
    shutil.copy(PACKED, place)
    found = imported(bare, LD_LIBRARY_PATH=str(place))
    assert found == (str(bare / "kv" / "__init__.py"), "")


def test_without_any_the_import_says_where_it_looked(bare: Path) -> None:
    # It is found before one that the system may have, and is none.
    (bare / "libkv.so.0").write_text("no library")
    printed, said = imported(bare, LD_LIBRARY_PATH=str(bare))
    assert printed == ""
    assert "LibraryError: the kv library cannot be loaded" in said
    assert "KV_LIBRARY" in said and "libkv.so.0" in said


def test_a_variable_that_names_nothing_is_an_error_of_its_own(bare: Path) -> None:
    missing = str(bare / "missing" / "libkv.so")
    printed, said = imported(bare, KV_LIBRARY=missing)
    assert printed == "" and missing in said


def build(path: Path, source: str) -> str:
    name = path / "other.so"
    command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(name)]
    subprocess.run(command, input=source, text=True, check=True)
    return str(name)


def test_another_interface_is_refused_with_both_numbers(tmp_path: Path) -> None:
    other = build(tmp_path, "unsigned kv_abi_version(void) { return 77; }")
    with pytest.raises(LibraryError, match="interface 77 .*interface 2;") as caught:
        load(other)
    assert other in str(caught.value)
    assert isinstance(caught.value, ImportError)


def test_another_library_is_refused(tmp_path: Path) -> None:
    other = build(tmp_path, "int something_else(void) { return 1; }")
    with pytest.raises(LibraryError, match="is not the kv library"):
        load(other)


def test_a_library_that_lacks_a_function_is_named_older(tmp_path: Path) -> None:
    number = kv._abi.KV_ABI_VERSION
    other = build(tmp_path, f"unsigned kv_abi_version(void) {{ return {number}; }}")
    with pytest.raises(LibraryError, match="older than this package: .*kv_open"):
        load(other)


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "libkv.so"
    text.write_text("not a library")
    with pytest.raises(LibraryError, match="cannot be loaded"):
        load(str(text))
