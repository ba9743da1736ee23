"""Errors are also of Python's class for the number of the system, with errno and filename."""

from __future__ import annotations

import errno
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

import kv
from conftest import run_python
from kv import _abi
from kv.errors import Error, fail


def test_a_missing_folder_is_a_file_not_found_with_its_path(tmp_path: Path) -> None:
    missing = tmp_path / "none" / "app.db"
    locations: list[tuple[Any, Any]] = [
        (missing, str(missing)),
        (str(missing), str(missing)),
        (bytes(missing), bytes(missing)),
        (f"sqlite:{missing}?durability=full", str(missing)),
        (f"sqlite:{tmp_path}/n%6Fne/app.db", str(missing)),
        (f"log:{missing}", str(missing)),
    ]
    for location, filename in locations:
        with pytest.raises(FileNotFoundError) as caught:
            kv.open(location)
        error: Any = caught.value
        assert isinstance(error, kv.MissingFileError) and isinstance(error, kv.IoError)
        assert (error.errno, error.os_error, error.filename) == (errno.ENOENT, 2, filename)
        assert error.strerror == error.message == str(error)
    with pytest.raises(FileNotFoundError) as caught:
        kv.open_config(tmp_path / "none.yaml", "sessions")
    assert caught.value.filename == str(tmp_path / "none.yaml")


def test_a_service_whose_store_is_missing_does_not_blame_the_services_file(tmp_path: Path) -> None:
    services = tmp_path / "services.yaml"
    services.write_text(
        f"services: {{s: {{type: kvstore_sqlite, config: {{path: {tmp_path}/none/app.db}}}}}}"
    )
    with pytest.raises(FileNotFoundError, match="line 1, column 12") as caught:
        kv.open_config(services, "s")
    assert caught.value.filename is None


def test_a_folder_that_is_a_file_is_a_not_a_directory_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError) as caught:
        kv.open(tmp_path / "file" / "app.db")
    error: Any = caught.value
    assert isinstance(error, kv.Error) and isinstance(error, OSError)
    assert (error.errno, error.filename) == (errno.ENOTDIR, str(tmp_path / "file" / "app.db"))


def test_a_file_in_a_folder_of_another_is_a_permission_error(tmp_path: Path) -> None:
    program = """
import os, sys, kv
if os.geteuid() == 0:
    os.setuid(65534)
try:
    kv.open(sys.argv[1])
except PermissionError as error:
    print(type(error).__name__, error.errno == 13, error.filename == sys.argv[1])
"""
    (tmp_path / "closed").mkdir(mode=0)
    ended = run_python(program, str(tmp_path / "closed" / "app.db"))
    assert (ended.stdout, ended.stderr) == ("PermissionDeniedError True True\n", "")


def test_a_server_that_cannot_be_reached_is_a_connection_error() -> None:
    with pytest.raises(ConnectionError) as caught:
        kv.open("redis://127.0.0.1:1/0?call_timeout=100ms")
    assert isinstance(caught.value, kv.UnavailableError) and caught.value.filename is None


#: Statuses and numbers of the system, and the class of Python that the error is of.
SYSTEM: list[tuple[int, int, type[OSError]]] = [
    (_abi.KV_ERR_IO, errno.ENOENT, FileNotFoundError),
    (_abi.KV_ERR_IO, errno.EEXIST, FileExistsError),
    (_abi.KV_ERR_IO, errno.EISDIR, IsADirectoryError),
    (_abi.KV_ERR_PERMISSION, errno.EACCES, PermissionError),
    (_abi.KV_ERR_READ_ONLY, errno.EACCES, PermissionError),
    (_abi.KV_ERR_ARGUMENT, errno.EEXIST, FileExistsError),
    (_abi.KV_ERR_BUSY, errno.EAGAIN, BlockingIOError),
    (_abi.KV_ERR_UNAVAILABLE, errno.ECONNRESET, ConnectionResetError),
    (_abi.KV_ERR_UNAVAILABLE, errno.ETIMEDOUT, TimeoutError),
    (-99, errno.ENOENT, FileNotFoundError),
]


@pytest.mark.parametrize(("status", "number", "kind"), SYSTEM)
def test_an_error_is_of_pythons_class_for_its_number(
    status: int, number: int, kind: type[OSError]
) -> None:
    def raised() -> Any:
        with pytest.raises(kind, match="what") as caught:
            fail(status, _abi.kv_error(status, number, b"what"), "app.db")
        return caught.value

    error = raised()
    named = Error.by_status.get(status, Error)
    assert isinstance(error, named) and type(error).__name__.endswith("Error")
    assert (error.status, error.errno, error.filename) == (status, number, "app.db")
    # One class for each, so that a type can be compared.
    assert type(raised()) is type(error)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and vars(copy) == vars(error) and str(copy) == "what"
    assert "what" in "".join(traceback.format_exception(type(error), error, None))


@pytest.mark.parametrize("kind", Error.by_status.values())
def test_an_error_without_a_number_is_of_its_named_class(kind: Any) -> None:
    if kind.status < 0:
        with pytest.raises(kind) as caught:
            fail(kind.status, _abi.kv_error(kind.status, 0, b"what"))
        assert type(caught.value) is kind
        assert (caught.value.errno, caught.value.filename) == (None, None)


def test_a_conflict_has_no_number_of_the_system(store: kv.Store) -> None:
    store.set("g", "k", "v")
    with pytest.raises(kv.ConflictError) as caught:
        store.put("g", "k", "w", if_absent=True)
    assert (caught.value.errno, caught.value.filename) == (None, None)
    assert not isinstance(caught.value, OSError)


def test_a_backup_that_has_no_folder_names_its_file(path: Path, tmp_path: Path) -> None:
    with kv.open(path) as store:
        missing = tmp_path / "none" / "copy.db"
        with pytest.raises(FileNotFoundError) as caught:
            store.maintenance.backup(missing)
        assert caught.value.filename == str(missing)
        with pytest.raises(FileNotFoundError) as caught:
            store.maintenance.restore(str(missing))
        assert caught.value.filename == str(missing)
