"""One key: reading, writing, conditions, counters, expiry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import kv

MINUTE = timedelta(minutes=1)
BYTES = [b"", b"\0", b"a\0b", b"\xff\xfe\x80", "grün".encode(), bytes(range(256)), b"x" * 65535]


@pytest.mark.parametrize("name", BYTES, ids=lambda name: repr(name[:8]))
def test_any_bytes_round_trip_as_group_key_and_value(store: kv.Store, name: bytes) -> None:
    assert store.get(name, name) is None
    store.set(name, name, name)
    assert store.get(name, name) == name
    assert [tuple(entry)[:3] for entry in store.scan(name)] == [(name, name, name)]
    assert list(store.groups(b"")) == [name]


def test_str_stands_for_its_utf8(store: kv.Store) -> None:
    store.set("gruppe", "schlüssel", "größe")
    assert store.get(b"gruppe", "schlüssel".encode()) == "größe".encode()
    assert store.get_str("gruppe", "schlüssel") == "größe"
    assert store.get_str("gruppe", "none") is None


def test_bytearrays_and_views_are_copied(store: kv.Store) -> None:
    value = bytearray(b"abc")
    store.set(memoryview(b"g"), bytearray(b"k"), value)
    value[0] = 0
    assert store.get("g", "k") == b"abc"


def test_a_subclass_of_bytes_is_bytes(store: kv.Store) -> None:
    class Name(bytes):
        pass

    store.set(Name(b"g"), Name(b"k"), b"v")
    assert store.get(Name(b"g"), Name(b"k")) == b"v"


@pytest.mark.parametrize("wrong", [None, 5, 1.5, ["k"], object()])
def test_other_types_are_refused_in_every_place(store: kv.Store, wrong: Any) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.get(wrong, "k"),
        lambda: store.get("g", wrong),
        lambda: store.set("g", "k", wrong),
        lambda: store.put("g", "k", wrong),
        lambda: store.take(wrong, "k"),
        lambda: store.info(wrong, "k"),
        lambda: store.info("g", wrong),
        lambda: store.delete_all(wrong),
        lambda: store.delete_many("g", ["k", wrong]),
        lambda: store.count(wrong),
        lambda: store.delete_prefix("g", wrong),
        lambda: store.batch().set("g", wrong, "v"),
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()
    assert store.count_all() == 0


def test_text_that_is_not_utf8_is_a_decode_error_and_a_lone_surrogate_is_refused(
    store: kv.Store,
) -> None:
    store.set("g", "k", b"\xff")
    with pytest.raises(kv.DecodeError) as caught:
        store.get_str("g", "k")
    assert isinstance(caught.value.__cause__, UnicodeDecodeError)
    with pytest.raises(kv.InvalidArgumentError, match="no text of Unicode"):
        store.get("g", "\ud800")


@pytest.mark.parametrize("length", [4095, 4096, 4097, 10_000_000])
def test_values_around_and_far_above_the_prepared_buffer_are_whole(
    store: kv.Store, length: int
) -> None:
    value = bytes(range(256)) * (length // 256 + 1)
    store.set("g", "k", value[:length])
    assert store.get("g", "k") == value[:length]
    entry = store.get_entry("g", "k")
    assert entry is not None and entry.value == value[:length]


def test_past_a_limit_nothing_is_stored(store: kv.Store) -> None:
    for group, key in [(b"x" * 65536, b"k"), (b"g", b"x" * 65536)]:
        with pytest.raises(kv.TooLargeError, match="65536|65,536|65535|65,535"):
            store.set(group, key, b"v")
        with pytest.raises(kv.TooLargeError):
            store.get(group, key)
    assert store.count_all() == 0


def test_an_info_is_an_entry_without_its_value(store: kv.Store) -> None:
    expires_at = datetime(2100, 1, 1, tzinfo=timezone.utc)
    version = store.put("g", "k", b"12345", expires_at=expires_at)
    info = store.info("g", "k")
    assert info == kv.EntryInfo(5, version, int(expires_at.timestamp() * 1000))
    assert info.expires_at == expires_at
    for size in (0, 10_000_000):
        store.set("g", "k", b"v" * size)
        info = store.info("g", "k")
        assert info is not None and info.version > version
        assert (info.size, info.expires_at_ms, info.expires_at) == (size, None, None)
    store.put("g", "gone", "v", expires_at=datetime(1970, 1, 2, tzinfo=timezone.utc))
    assert store.info("g", "gone") is store.info("g", "none") is None
    with pytest.raises(kv.TooLargeError):
        store.info("g", b"x" * 65536)


def test_a_write_has_a_durability_of_its_own(store: kv.Store) -> None:
    for durability in kv.Durability:
        version = store.put("g", "k", durability.name, durability=durability)
        with pytest.raises(kv.ConflictError):
            store.put("g", "k", "v", if_absent=True, durability=durability)
        with store.batch() as batch:
            batch.set("g", "batch", durability.name, durability=durability)
            batch.check("g", "k", version)
        with store.transaction() as transaction:
            transaction.set("g", "transaction", durability.name, durability=durability)
        keys = ("k", "batch", "transaction")
        assert {store.get_str("g", key) for key in keys} == {durability.name}


@pytest.mark.parametrize("wrong", [None, 1, 2, True, "full", kv.Status.OK])
def test_another_durability_is_refused(store: kv.Store, wrong: Any) -> None:
    batch, transaction = store.batch(), store.transaction()
    typed: kv.Typed[str, str] = kv.Typed(store, "g")
    calls: list[Callable[[], object]] = [
        lambda: store.put("g", "k", "v", durability=wrong),
        lambda: batch.set("g", "k", "v", durability=wrong),
        lambda: transaction.set("g", "k", "v", durability=wrong),
        lambda: typed.put("k", "v", durability=wrong),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="durability must be a kv.Durability"):
            call()
    assert len(batch) == 0
    transaction.commit()
    assert store.count_all() == 0


def test_get_into_fills_a_buffer_or_says_how_long_it_must_be(store: kv.Store) -> None:
    store.set("g", "k", b"12345")
    store.set("g", "empty", b"")
    buffer = bytearray(b"........")
    assert store.get_into("g", "k", buffer) == 5
    assert buffer == b"12345..."
    assert store.get_into("g", "none", buffer) is None
    with pytest.raises(kv.TooSmallError) as caught:
        store.get_into("g", "k", memoryview(buffer)[:4])
    assert caught.value.needed == 5
    assert buffer == b"12345..."
    assert store.get_into("g", "empty", bytearray()) == 0
    with pytest.raises(TypeError):
        store.get_into("g", "k", memoryview(b"read-only"))
    with pytest.raises(TypeError):
        store.get_into("g", "k", memoryview(buffer)[::2])


def test_delete_and_exists_tell_whether_it_was_there(store: kv.Store) -> None:
    store.set("g", "k", b"")
    assert store.exists("g", "k") is True
    assert store.get("g", "k") == b""
    assert store.delete("g", "k") is True
    assert store.delete("g", "k") is False
    assert store.exists("g", "k") is False


def test_a_condition_that_does_not_hold_is_a_conflict_with_the_version(store: kv.Store) -> None:
    with pytest.raises(kv.ConflictError) as caught:
        store.put("g", "k", "v", if_present=True)
    assert caught.value.version == 0
    first = store.put("g", "k", "1", if_absent=True)
    with pytest.raises(kv.ConflictError) as caught:
        store.put("g", "k", "2", if_absent=True)
    assert caught.value.version == first
    second = store.put("g", "k", "2", if_version=first)
    assert second > first
    with pytest.raises(kv.ConflictError):
        store.put("g", "k", "3", if_version=first)
    with pytest.raises(kv.ConflictError):
        store.put("g", "k", "3", if_version=0)
    assert store.put("g", "new", "1", if_version=0) > second
    assert store.get("g", "k") == b"2"


def test_delete_version_distinguishes_absent_from_another_version(store: kv.Store) -> None:
    version = store.put("g", "k", "1")
    with pytest.raises(kv.ConflictError):
        store.delete_version("g", "k", version - 1)
    assert store.delete_version("g", "k", version) is True
    assert store.delete_version("g", "k", version) is False
    with pytest.raises(kv.InvalidArgumentError):
        store.delete_version("g", "k", 0)


def test_take_returns_the_value_once(store: kv.Store) -> None:
    store.set("g", "k", b"v")
    assert store.take("g", "k") == b"v"
    assert store.take("g", "k") is None


def test_counters_keep_within_64_bits(store: kv.Store) -> None:
    assert store.increment("g", "n") == 1
    assert store.increment("g", "n", -3) == -2
    assert store.increment("g", "n", 2**63 - 1) == 2**63 - 3
    with pytest.raises(kv.NotIntegerError):
        store.increment("g", "n", 3)
    for delta in (2**63, -(2**63) - 1, 2**64):
        with pytest.raises(kv.InvalidArgumentError):
            store.increment("g", "other", delta)
    with pytest.raises(TypeError):
        store.increment("g", "n", 1.5)  # type: ignore[arg-type]
    store.set("g", "text", "abc")
    with pytest.raises(kv.NotIntegerError):
        store.increment("g", "text")
    assert store.get("g", "n") == str(2**63 - 3).encode()
    assert store.get("g", "other") is None


def test_append_returns_the_new_length(store: kv.Store) -> None:
    assert store.append("g", "k", b"ab") == 2
    assert store.append("g", "k", b"\0c") == 4
    assert store.get("g", "k") == b"ab\0c"


def test_a_ttl_is_read_as_what_is_left_and_never_compares_greatest(store: kv.Store) -> None:
    assert store.ttl("g", "k") is None
    store.set("g", "k", "v", MINUTE)
    left = store.ttl("g", "k")
    assert left is not None and timedelta(0) < left <= MINUTE
    for for_ever in (kv.NEVER, timedelta(0), timedelta.max, timedelta.max - timedelta(0), None):
        store.set("g", "k", "v", for_ever)
        assert store.ttl("g", "k") == kv.NEVER
    assert kv.NEVER > left


def test_a_ttl_below_a_millisecond_is_one_and_not_for_ever(store: kv.Store) -> None:
    store.set("g", "k", "v", timedelta(microseconds=1))
    assert store.ttl("g", "k") != kv.NEVER
    with pytest.raises(kv.InvalidArgumentError):
        store.set("g", "k", "v", timedelta(microseconds=-1))


@pytest.mark.parametrize("wrong", ["60", True, object(), b"", datetime.now(timezone.utc)])
def test_a_ttl_of_another_type_is_refused(store: kv.Store, wrong: Any) -> None:
    with pytest.raises(TypeError, match="timedelta or seconds"):
        store.set("g", "k", "v", wrong)
    with pytest.raises(TypeError, match="timedelta or seconds"):
        store.increment("g", "k", 1, wrong)
    assert store.count("g") == 0


@pytest.mark.parametrize("wrong", [-1, -1e-9, float("nan"), -float("inf"), 1e20, timedelta.min])
def test_a_ttl_that_is_no_time_to_live_is_refused(store: kv.Store, wrong: Any) -> None:
    with pytest.raises(kv.InvalidArgumentError, match="a ttl must"):
        store.set("g", "k", "v", wrong)
    assert store.count("g") == 0


def test_a_number_is_a_ttl_in_seconds(store: kv.Store) -> None:
    for seconds in (60, 60.0, 59.9999999):
        store.set("g", "k", "v", seconds)
        left = store.ttl("g", "k")
        assert left is not None and timedelta(seconds=30) < left <= MINUTE
    store.set("g", "k", "v", 1e-9)
    assert store.ttl("g", "k") != kv.NEVER
    for for_ever in (0, 0.0, float("inf")):
        store.set("g", "k", "v", MINUTE)
        store.set("g", "k", "v", for_ever)
        assert store.ttl("g", "k") == kv.NEVER


def test_an_absolute_expiry_is_exact_and_needs_a_time_zone(store: kv.Store) -> None:
    moment = datetime(2100, 1, 1, 12, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=2)))
    store.put("g", "k", "v", expires_at=moment)
    entry = store.get_entry("g", "k")
    assert entry is not None and entry.expires_at == moment
    with pytest.raises(kv.InvalidArgumentError, match="time zone"):
        store.put("g", "k", "v", expires_at=datetime(2100, 1, 1))
    store.put("g", "k", "v", expires_at=datetime(2000, 1, 1, tzinfo=timezone.utc))
    assert store.get("g", "k") is None


def test_a_write_keeps_an_expiry_only_when_asked(store: kv.Store) -> None:
    store.set("g", "k", "v", MINUTE)
    store.put("g", "k", "v", keep_ttl=True)
    assert store.ttl("g", "k") != kv.NEVER
    store.put("g", "k", "v")
    assert store.ttl("g", "k") == kv.NEVER


@pytest.mark.parametrize(
    "options",
    [
        {"ttl": MINUTE, "keep_ttl": True},
        {"ttl": MINUTE, "expires_at": datetime.now(timezone.utc)},
        {"if_absent": True, "if_present": True},
        {"if_absent": True, "if_version": 1},
        {"if_version": -1},
        {"if_version": 2**64},
        {"ttl": timedelta(seconds=-1)},
    ],
)
def test_options_that_contradict_are_refused(store: kv.Store, options: dict[str, Any]) -> None:
    with pytest.raises(kv.InvalidArgumentError):
        store.put("g", "k", "v", **options)
    assert store.count("g") == 0


def test_expire_obeys_its_flags(store: kv.Store) -> None:
    assert store.expire("g", "k", MINUTE) is False
    version = store.put("g", "k", "v")
    with pytest.raises(kv.ConflictError):
        store.expire("g", "k", MINUTE, xx=True)
    assert store.expire("g", "k", MINUTE, nx=True) is True
    with pytest.raises(kv.ConflictError):
        store.expire("g", "k", MINUTE, nx=True)
    with pytest.raises(kv.ConflictError):
        store.expire("g", "k", MINUTE / 2, gt=True)
    assert store.expire("g", "k", MINUTE / 2, lt=True) is True
    with pytest.raises(kv.InvalidArgumentError):
        store.expire("g", "k", MINUTE, nx=True, gt=True)
    entry = store.get_entry("g", "k")
    assert entry is not None and entry.version == version and entry.value == b"v"
    assert store.persist("g", "k") is True
    assert store.ttl("g", "k") == kv.NEVER
    assert store.persist("g", "none") is False


def test_an_increment_sets_its_ttl_only_to_a_new_key(store: kv.Store) -> None:
    store.increment("g", "new", ttl_if_created=MINUTE)
    assert store.ttl("g", "new") != kv.NEVER
    store.set("g", "old", "1")
    store.increment("g", "old", ttl_if_created=MINUTE)
    assert store.ttl("g", "old") == kv.NEVER
