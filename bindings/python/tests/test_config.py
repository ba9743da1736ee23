"""Stores that a services file names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import kv

FILE = """
services:
  sessions:
    type: kvstore_sqlite
    config:
      path: ${KV_TEST_DIRECTORY}/${KV_TEST_NAME:sessions}.db
      changes: on
  scratch:
    type: kvstore_memory
  wrong:
    type: kvstore_sqlite
    config:
      path: x.db
      colour: blue
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KV_TEST_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("KV_TEST_NAME", raising=False)
    file = tmp_path / "services.yaml"
    file.write_text(FILE, encoding="utf-8")
    return file


def test_a_service_is_opened_by_its_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (file, str(file), bytes(file)):
        with kv.open_config(path, "sessions") as store:
            store.increment("g", "n")
            assert store.change_log.oldest() >= 0
    with kv.open(file.with_name("sessions.db")) as store:
        assert store.get("g", "n") == b"3"
    monkeypatch.setenv("KV_TEST_NAME", "other")
    with kv.open_config(file, b"sessions") as store:
        assert store.count_all() == 0
    assert file.with_name("other.db").exists()
    monkeypatch.chdir(file.parent)
    with kv.open_config("services.yaml", "scratch") as store:
        store.set("g", "k", "v")
    with kv.open_config(Path("services.yaml"), "scratch") as store:
        assert store.count_all() == 0


def test_what_is_wrong_in_the_file_is_named(file: Path) -> None:
    with pytest.raises(kv.InvalidConfigError, match="line 14, .*colour") as caught:
        kv.open_config(file, "wrong")
    assert isinstance(caught.value, ValueError)
    for service in ("none", "", "Sessions", "services"):
        with pytest.raises(kv.InvalidConfigError):
            kv.open_config(file, service)
    for text in ("", "services: [", "services: 5", "- a"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(kv.InvalidConfigError):
            kv.open_config(file, "sessions")
    assert [path.name for path in file.parent.iterdir()] == ["services.yaml"]


def test_a_variable_that_is_not_set_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KV_TEST_DIRECTORY")
    with pytest.raises(kv.InvalidConfigError, match="KV_TEST_DIRECTORY"):
        kv.open_config(file, "sessions")


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(kv.IoError) as caught:
        kv.open_config(tmp_path / "none.yaml", "sessions")
    assert caught.value.errno == 2


def test_arguments_that_are_none_are_refused(file: Path) -> None:
    with pytest.raises(kv.InvalidArgumentError, match="NUL"):
        kv.open_config(f"{file}\0", "sessions")
    with pytest.raises(kv.InvalidArgumentError, match="NUL"):
        kv.open_config(file, "sessions\0")
    mistyped: list[tuple[Any, Any]] = [(None, "sessions"), (file, None), (file, 5), (5, "sessions")]
    for path, service in mistyped:
        with pytest.raises(TypeError):
            kv.open_config(path, service)
    with pytest.raises(kv.InvalidArgumentError):
        kv.open_config(file, b"\xff")
