//! Limits: at the limit it works, one byte more is refused with both numbers.

use crate::support::{group, key, no_group};
use kv::{ErrorKind, GROUP_LEN_MAX, Group, KEY_LEN_MAX, Key, VALUE_LEN_MAX};

cases! {

fn a_group_and_a_key_at_their_limits_work_everywhere(at) {
    let (name, id) = (vec![0xFF; GROUP_LEN_MAX], vec![0xFF; KEY_LEN_MAX]);

    at.set_in(&name, &id, b"value");

    assert_eq!(at.get_in(&name, &id), Some(b"value".to_vec()));
    assert_eq!(at.groups(&name), std::slice::from_ref(&name));
    assert_eq!(at.keys(kv::Scan::all(group(&name))), std::slice::from_ref(&id));
    assert_eq!(at.store.delete_prefix(group(&name), &id), Ok(1));
}

fn walking_goes_on_after_a_key_at_the_limit(at) {
    let longest = vec![b'a'; KEY_LEN_MAX];
    at.set(&longest, b"");
    at.set(b"b", b"");

    let found = at.keys(kv::Scan::all(no_group()).after(key(&longest)));

    assert_eq!(found, [b"b"]);
}

fn one_byte_more_is_refused_with_both_numbers(at) {
    at.set(b"key", b"old");
    let (name, id) = (vec![0; GROUP_LEN_MAX + 1], vec![0; KEY_LEN_MAX + 1]);
    let too_long = vec![0; VALUE_LEN_MAX + 1];
    let (none, key) = (no_group(), key(b"key"));
    let refusals = [
        (Group::new(&name).map(drop), name.len()),
        (Key::new(&id).map(drop), id.len()),
        (at.store.set(none, key, &too_long).map(drop), too_long.len()),
        (at.store.append(none, key, &too_long, 0).map(drop), too_long.len()),
        (at.store.set_many(&[(none, key, &too_long)], Default::default()), too_long.len()),
    ];

    for (refusal, len) in refusals {
        let error = refusal.expect_err("over the limit");
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        let numbers = format!("{len} bytes is over the limit of {} bytes", len - 1);
        assert!(error.message().contains(&numbers), "{error}");
    }
    assert_eq!(at.get(b"key"), Some(b"old".to_vec()));
}

}
