//! Globs as scans use them; the dialects themselves are compared with their originals in
//! `glob_oracle.rs`.

use crate::support::{Random, key, no_group};
use kv::{Dialect, Glob, Pattern, Scan};

fn matching(pattern: &[u8], dialect: Dialect) -> Scan<'_> {
    Scan { pattern: Pattern::Glob(Glob::new(pattern, dialect)), ..Scan::all(no_group()) }
}

cases! {

fn a_glob_selects_whole_keys(at) {
    for name in [&b"user:1"[..], b"user:22", b"xuser:1", b"user:"] {
        at.set(name, b"");
    }

    let found = |pattern| at.keys(matching(pattern, Dialect::Sqlite));
    assert_eq!(found(b"user:?"), [b"user:1".to_vec()]);
    assert_eq!(found(b"user:*").len(), 3);
    assert_eq!(found(b"user"), Vec::<Vec<u8>>::new());
    assert_eq!(found(b"*:[0-9]"), [b"user:1".to_vec(), b"xuser:1".to_vec()]);
    assert_eq!(found(b"").len(), 0);
}

fn an_empty_glob_matches_the_empty_key_alone(at) {
    at.set(b"", b"");
    at.set(b"a", b"");

    for dialect in [Dialect::Sqlite, Dialect::Redis] {
        assert_eq!(at.keys(matching(b"", dialect)), [b""]);
    }
}

fn only_the_redis_dialect_escapes(at) {
    at.set(b"a*", b"");
    at.set(b"ab", b"");
    at.set(b"a\\b", b"");

    assert_eq!(at.keys(matching(b"a\\*", Dialect::Redis)), [b"a*".to_vec()]);
    assert_eq!(at.keys(matching(b"a\\*", Dialect::Sqlite)), [b"a\\b".to_vec()]);
}

fn a_glob_scan_finds_what_filtering_all_keys_finds(at) {
    let mut random = Random::announced("filtering", 2);
    let alphabet = b"ab*[]\\-^\x00\xC3\xA9\xFF";
    for _ in 0..400 {
        at.set(&random.bytes(alphabet, 0..6), b"");
    }
    let all = at.all_keys();

    for _ in 0..2_000 {
        let pattern = random.bytes(b"ab*?[]\\-^\x00\xC3\xA9\xFF", 0..7);
        let dialect = *random.pick(&[Dialect::Sqlite, Dialect::Redis]);
        let glob = Glob::new(&pattern, dialect);
        let (reverse, limit) = (random.one_in(2), *random.pick(&[0, 0, 1, 3]));
        let bound = random.bytes(alphabet, 0..4);
        let start_after = random.one_in(3).then(|| key(&bound));

        let whole = Scan { reverse, limit, ..matching(&pattern, dialect) };
        let found = at.keys(start_after.map_or(whole, |key| whole.after(key)));

        let after = |it: &&Vec<u8>| match (start_after, reverse) {
            (None, _) => true,
            (Some(bound), false) => it.as_slice() > bound.as_bytes(),
            (Some(bound), true) => it.as_slice() < bound.as_bytes(),
        };
        let mut expected: Vec<_> =
            all.iter().filter(|it| glob.matches(it)).filter(after).cloned().collect();
        if reverse {
            expected.reverse();
        }
        if limit != 0 {
            expected.truncate(limit as usize);
        }
        assert_eq!(found, expected, "{glob:?} reverse {reverse} after {start_after:?}");
    }
}

fn a_glob_that_matches_rarely_scans_everything(at) {
    for id in 0..5_000_u32 {
        at.set(format!("key:{id:05}").as_bytes(), b"");
    }

    let found = at.keys(matching(b"key:*9999", Dialect::Sqlite));
    assert_eq!(found, Vec::<Vec<u8>>::new());
    let found = at.keys(matching(b"key:*999", Dialect::Sqlite));
    assert_eq!(found.len(), 5);
}

}
