//! JSON: what is not JSON is refused, what is stays as it was, a path leads into it.

use crate::conformance::fixture::Fixture;
use crate::support::{key, no_group};
use kv::{ErrorKind, JSON_DEPTH_MAX, Ttl};

fn set(at: &Fixture, json: &[u8]) -> kv::Result<u64> {
    kv::set_json(&at.store, no_group(), key(b"key"), json)
}

fn get(at: &Fixture, path: &str) -> Option<Vec<u8>> {
    let entry = kv::get_json(&at.store, no_group(), key(b"key"), path).expect("get");
    entry.map(|entry| entry.value.to_vec())
}

cases! {

fn the_bytes_are_stored_as_they_are(at) {
    let json = b" {\"b\" : [1.0, 9007199254740993],\n\"a\": \"\\u00e9\"}\n";

    let version = set(at, json).expect("JSON");

    assert_eq!(at.get(b"key"), Some(json.to_vec()));
    assert_eq!(at.entry(b"key").version, version);
    assert_eq!(get(at, "/b/1"), Some(b"9007199254740993".to_vec()));
    assert_eq!(get(at, "/b/0"), Some(b"1.0".to_vec()));
    assert_eq!(get(at, "/a"), Some(b"\"\\u00e9\"".to_vec()));
    assert_eq!(get(at, "/b"), Some(b"[1.0, 9007199254740993]".to_vec()));
    assert_eq!(get(at, ""), Some(json[1..json.len() - 1].to_vec()));
}

fn what_is_not_json_is_refused_and_the_old_value_stays(at) {
    let version = set(at, b"1").expect("JSON");

    for bad in [&b""[..], b" ", b"{", b"nul", b"[1,]", b"\xFF", b"\"\xFF\"", b"1\0", b"{\"a\":}"] {
        let error = set(at, bad).expect_err("not JSON");
        assert_eq!(error.kind(), ErrorKind::NotJson, "{bad:?}");
        assert!(error.message().starts_with("set \"key\": "), "{error}");
    }

    assert_eq!(at.entry(b"key").version, version);
    let error = set(at, b"{\"a\": 1,\n  x}").expect_err("not JSON");
    assert!(error.message().contains("line 2 column 3"), "{error}");
}

fn json_that_is_nested_too_deep_is_refused_and_none_exhausts_the_stack(at) {
    let nested = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
    set(at, &nested(JSON_DEPTH_MAX)).expect("JSON");
    assert_eq!(get(at, &"/0".repeat(JSON_DEPTH_MAX - 1)), Some(b"[]".to_vec()));
    assert_eq!(get(at, &"/0".repeat(JSON_DEPTH_MAX)), None);

    let refused = set(at, &nested(JSON_DEPTH_MAX + 1)).expect_err("too deep");
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    let refused = set(at, &vec![b'['; 1 << 20]).expect_err("no end");
    assert_eq!(refused.kind(), ErrorKind::NotJson);
    at.set(b"key", &nested(1 << 20));
    let refused = kv::get_json(&at.store, no_group(), key(b"key"), "/0").expect_err("too deep");
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
}

fn a_value_that_is_not_json_is_an_error_wherever_the_path_leads(at) {
    at.set(b"key", b"{\"a\": 1} x");

    for path in ["", "/a", "/b"] {
        let error = kv::get_json(&at.store, no_group(), key(b"key"), path).expect_err("not JSON");
        assert_eq!(error.kind(), ErrorKind::NotJson);
        assert!(error.message().contains("line 1 column 10"), "{error}");
    }
}

fn a_byte_that_is_no_text_is_reported_with_its_line_and_column(at) {
    let error = kv::set_json(&at.store, no_group(), key(b"key"), b"{\n  \"a\": \"\xFF\"}")
        .expect_err("not UTF-8");

    assert_eq!(error.kind(), ErrorKind::NotJson);
    assert!(error.message().contains("not UTF-8 at line 2 column 9"), "{error}");
}

fn a_missing_key_an_expired_one_and_a_missing_path_are_the_same(at) {
    assert_eq!(get(at, ""), None);
    at.set_ttl(b"key", b"{\"a\": 1}", 10);
    assert_eq!(get(at, "/b"), None);
    assert_eq!(get(at, "/a"), Some(b"1".to_vec()));

    at.clock.advance(10);

    assert_eq!(get(at, "/a"), None);
}

fn a_part_has_the_version_and_expiry_of_the_whole_and_a_set_clears_the_expiry(at) {
    at.set_ttl(b"key", b"[1]", 10);
    let part = kv::get_json(&at.store, no_group(), key(b"key"), "/0").expect("get").expect("1");
    let whole = at.entry(b"key");
    assert_eq!((part.version, part.expires_at), (whole.version, whole.expires_at));

    set(at, b"[1]").expect("JSON");
    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
}

fn a_path_of_another_form_is_refused_before_the_key_is_looked_up(at) {
    for path in ["a", "/~2", "/a~", "#/a"] {
        let error = kv::get_json(&at.store, no_group(), key(b"key"), path).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains(path), "{error}");
    }
}

}
