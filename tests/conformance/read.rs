//! Reading: single keys and many.

use crate::support::{group, key, no_group};

cases! {

fn a_missing_key_reads_as_none_and_does_not_exist(at) {
    assert_eq!(at.get(b"missing"), None);
    assert!(!at.exists(b"missing"));
    assert_eq!(at.ttl(b"missing"), None);
}

fn an_empty_value_is_there_and_a_missing_one_is_not(at) {
    at.set(b"empty", b"");

    assert_eq!(at.get(b"empty"), Some(vec![]));
    assert!(at.exists(b"empty"));
    assert_eq!(at.get(b"missing"), None);
    assert!(!at.exists(b"missing"));
}

fn an_entry_carries_the_version_its_write_returned(at) {
    let version = at.set(b"key", b"value");

    let entry = at.entry(b"key");

    assert_eq!((&entry.value[..], entry.version, entry.expires_at), (&b"value"[..], version, None));
}

fn the_info_of_an_entry_is_the_entry_without_its_value(at) {
    at.set_in(b"g", b"other", b"");
    for name in [&b""[..], b"g"] {
        for len in [0, 1, 500, kv::INLINE_VALUE_MAX + 1, 200_000] {
            at.set_in(name, b"key", &vec![7; len]);
            let entry = at.store.get(group(name), key(b"key")).expect("get").expect("an entry");
            let info = at.store.info(group(name), key(b"key")).expect("info").expect("an entry");
            assert_eq!((info.size, info.version, info.expires_at), (len as u64, entry.version, None));
        }
        at.store.set_ttl(group(name), key(b"key"), b"12", 5).expect("set");
        let entry = at.store.get(group(name), key(b"key")).expect("get").expect("an entry");
        let info = at.store.info(group(name), key(b"key")).expect("info").expect("an entry");
        assert_eq!((info.size, info.expires_at), (2, entry.expires_at));
        for missing in [&b"ke"[..], b"key\0", b""] {
            assert_eq!(at.store.info(group(name), key(missing)), Ok(None));
        }
    }
    at.clock.advance(6);
    for name in [&b""[..], b"g"] {
        assert_eq!(at.store.info(group(name), key(b"key")), Ok(None));
    }
}

fn reading_in_place_sees_what_get_returns(at) {
    let version = at.set(b"key", &[7; 5_000]);

    let mut seen = None;
    let found = at
        .store
        .get_with(no_group(), key(b"key"), |entry| seen = Some((entry.value.len(), entry.version)))
        .expect("get");

    assert!(found);
    assert_eq!(seen, Some((5_000, version)));
}

fn the_value_alone_is_what_get_returns_for_as_long_as_it_lives(at) {
    at.set(b"", b"unnamed");
    at.set_ttl(b"mortal", &[7; 5_000], 5);
    at.set_in(b"group", b"mortal", b"grouped");
    let value = |name: &[u8], id: &[u8]| {
        let mut seen = None;
        let take = |value: &[u8]| seen = Some(value.to_vec());
        let found = at.store.value_with(group(name), key(id), take).expect("get");
        assert_eq!(found, seen.is_some());
        seen
    };

    assert_eq!(value(b"", b""), Some(b"unnamed".to_vec()));
    at.clock.advance(4);
    assert_eq!(value(b"", b"mortal"), Some(vec![7; 5_000]));
    assert_eq!(value(b"group", b"mortal"), Some(b"grouped".to_vec()));
    assert_eq!(value(b"group", b"other"), None);
    at.clock.advance(1);
    assert_eq!(value(b"", b"mortal"), None);
    assert!(!at.exists(b"mortal"));
}

fn get_many_returns_in_order_with_none_for_missing_keys(at) {
    at.set(b"a", b"1");
    at.set_in(b"other", b"a", b"2");
    at.set_ttl(b"dead", b"3", 5);
    at.clock.advance(5);
    let wanted = [
        (group(b"other"), key(b"a")),
        (no_group(), key(b"missing")),
        (no_group(), key(b"a")),
        (no_group(), key(b"dead")),
        (no_group(), key(b"a")),
    ];

    let entries = at.store.get_many(&wanted).expect("get many");

    let values: Vec<_> = entries.iter().map(|it| it.as_ref().map(|it| it.value.to_vec())).collect();
    let (one, two) = (Some(b"1".to_vec()), Some(b"2".to_vec()));
    assert_eq!(values, [two, None, one.clone(), None, one]);
}

fn get_many_of_nothing_is_nothing(at) {
    assert_eq!(at.store.get_many(&[]).expect("get many"), []);
}

fn reads_count_as_hits_and_misses(at) {
    at.set(b"key", b"value");
    let before = at.store.stats().expect("stats");

    at.get(b"key");
    at.exists(b"key");
    at.get(b"missing");

    let after = at.store.stats().expect("stats");
    assert_eq!((after.hits - before.hits, after.misses - before.misses), (2, 1));
}

}
