//! The names of keys, groups and files that begin with a text, as far as their next separator.
//!
//! The first and the last key with a prefix show what all keys in between share, so the cost does
//! not depend on their number: each offer is found by one seek behind the offer before it.

use std::fs;
use std::ops::Bound;
use std::path::Path;

use kv::{Group, Key, Pattern, Scan, Store, Values};

use crate::escape::needs_escape;

/// The largest number of names that are offered at once.
const OFFERED_MAX: usize = 60;
/// The largest number of names that are looked at, besides those that are skipped by a seek.
const SEEN_MAX: usize = 1_000;
/// The characters behind which a name is cut.
const SEPARATORS: [char; 3] = [':', '/', '.'];

/// Names that can follow a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The names, or their beginnings up to a separator.
    pub offers: Vec<Offer>,
    /// If there are names besides the offers: the text with which all of them begin.
    pub more: Option<String>,
}

/// A name, or its beginning.
#[derive(Debug, PartialEq, Eq)]
pub struct Offer {
    /// The text.
    pub text: String,
    /// Whether this is a whole name.
    pub is_whole: bool,
}

impl Names {
    /// Returns the words that begin with `start`.
    pub fn of_words(words: impl IntoIterator<Item = String>, start: &str) -> Names {
        let begun = words.into_iter().filter(|it| it.starts_with(start));
        let offers = begun.map(|text| Offer { text, is_whole: true }).collect();
        Names { offers, more: None }
    }

    fn push(&mut self, text: String, is_whole: bool) {
        // Both `a:` and the whole name `a:` are one offer.
        match self.offers.last_mut() {
            Some(last) if last.text == text => last.is_whole &= is_whole,
            _ => self.offers.push(Offer { text, is_whole }),
        }
    }
}

/// The keys of a group that begin alike.
struct Keys<'s> {
    store: &'s Store,
    group: Group<'s>,
    prefix: &'s [u8],
}

impl Keys<'_> {
    /// Returns the first or last key from `lower` on.
    fn seek(&self, lower: Bound<Key<'_>>, reverse: bool) -> kv::Result<Option<Vec<u8>>> {
        let scan = Scan {
            pattern: Pattern::Prefix(self.prefix),
            lower,
            reverse,
            limit: 1,
            values: Values::None,
            ..Scan::all(self.group)
        };
        Ok(self.store.scan(scan)?.next()?.map(|entry| entry.key.to_vec()))
    }

    /// Returns the first key behind all that begin with `offer`, which ends with a separator.
    fn behind(&self, offer: &str) -> kv::Result<Option<Vec<u8>>> {
        let mut end = offer.as_bytes().to_vec();
        if let Some(byte) = end.last_mut() {
            *byte += 1;
        }
        self.seek(Bound::Included(Key::new(&end)?), false)
    }
}

/// Returns the keys of `group` that begin with `start`. If the deadline of the store's calls passes
/// meanwhile, there are more than are returned.
pub fn keys(store: &Store, group: Group<'_>, start: &str) -> kv::Result<Names> {
    let keys = Keys { store, group, prefix: start.as_bytes() };
    let Some(mut key) = keys.seek(Bound::Unbounded, false)? else { return Ok(Names::default()) };
    let last = keys.seek(Bound::Unbounded, true)?.unwrap_or_else(|| key.clone());
    let shared = shared_text(&key, &last).to_owned();
    let mut names = Names::default();
    for _ in 0..SEEN_MAX {
        if names.offers.len() == OFFERED_MAX {
            break;
        }
        let next = match segment(&key, &shared) {
            Some((text, is_whole)) if is_whole || text.len() == key.len() => {
                names.push(text, is_whole);
                keys.seek(Bound::Excluded(Key::new(&key)?), false)
            }
            Some((text, _)) => {
                let next = keys.behind(&text);
                names.push(text, false);
                next
            }
            None => {
                names.more = Some(shared.clone());
                keys.seek(Bound::Excluded(Key::new(&key)?), false)
            }
        };
        match next {
            Ok(Some(next)) => key = next,
            Ok(None) => return Ok(names),
            Err(_) => break,
        }
    }
    names.more = Some(shared);
    Ok(names)
}

/// Returns the groups that begin with `start`.
pub fn groups(store: &Store, start: &str) -> kv::Result<Names> {
    let mut cursor = store.groups(start.as_bytes())?;
    let mut names = Names::default();
    for _ in 0..SEEN_MAX {
        let found = match cursor.next() {
            Ok(None) => return Ok(names),
            Ok(Some(entry)) if names.offers.len() < OFFERED_MAX => segment(entry.group, start),
            _ => break,
        };
        match found {
            Some((text, is_whole)) => names.push(text, is_whole),
            None => names.more = Some(start.to_owned()),
        }
    }
    names.more = Some(start.to_owned());
    Ok(names)
}

/// Returns the files whose paths begin with `start`; a directory ends with a slash.
pub fn files(start: &str) -> Names {
    let (folder, begun) = start.rsplit_once('/').map_or(("", start), |(folder, name)| {
        // The root directory keeps its slash.
        (start.get(..=folder.len()).unwrap_or_default(), name)
    });
    let path = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let mut names = Names::default();
    let Ok(entries) = fs::read_dir(path) else { return names };
    for entry in entries.take(SEEN_MAX).flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_hidden = name.starts_with('.') && !begun.starts_with('.');
        if is_hidden || !name.starts_with(begun) || name.contains(needs_escape) {
            continue;
        }
        let is_folder = entry.path().is_dir();
        let end = if is_folder { "/" } else { "" };
        names.push(format!("{folder}{name}{end}"), !is_folder);
    }
    names.offers.sort_by(|a, b| a.text.cmp(&b.text));
    if names.offers.len() > OFFERED_MAX {
        names.offers.truncate(OFFERED_MAX);
        names.more = Some(start.to_owned());
    }
    names
}

/// Returns the text with which both names begin.
fn shared_text<'n>(first: &'n [u8], last: &[u8]) -> &'n str {
    let len = first.iter().zip(last).take_while(|(a, b)| a == b).count();
    let shared = first.get(..len).unwrap_or_default();
    let text = shared.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    text.split(needs_escape).next().unwrap_or_default()
}

/// Returns a name up to the first separator behind `shared`, and whether that is all of it; `None`
/// if it cannot be typed.
fn segment(name: &[u8], shared: &str) -> Option<(String, bool)> {
    let text = std::str::from_utf8(name).ok()?;
    let rest = text.get(shared.len()..)?;
    let text = match rest.find(SEPARATORS) {
        Some(at) => text.get(..=shared.len() + at)?,
        None => text,
    };
    let is_whole = text.len() == name.len() && !text.ends_with(SEPARATORS);
    (!text.contains(needs_escape)).then(|| (text.to_owned(), is_whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kv::OpenOptions;

    fn store_with(keys: impl IntoIterator<Item = Vec<u8>>) -> Store {
        let store = OpenOptions::default().open("memory:").expect("a store");
        for key in keys {
            let (group, key) = (Group::new(b"").expect("a group"), Key::new(&key).expect("a key"));
            store.set(group, key, b"").expect("written");
        }
        store
    }

    fn offered(keys: &[&str], start: &str) -> (Vec<String>, Option<String>) {
        let store = store_with(keys.iter().map(|it| it.as_bytes().to_vec()));
        let names = super::keys(&store, Group::new(b"").expect("a group"), start).expect("names");
        let text = |it: Offer| if it.is_whole { it.text } else { it.text + "..." };
        (names.offers.into_iter().map(text).collect(), names.more)
    }

    #[test]
    fn a_prefix_that_all_of_many_keys_share_is_no_longer_than_that() {
        let keys = (0..5_000).map(|n| format!("user:{:06}", n * 20).into_bytes());
        let store = store_with(keys);
        let names = super::keys(&store, Group::new(b"").expect("a group"), "us").expect("names");
        assert_eq!(names.more.as_deref(), Some("user:0"));
        assert_eq!(names.offers.len(), OFFERED_MAX);
        assert!(names.offers.iter().all(|it| it.is_whole && it.text.starts_with("user:0")));
    }

    #[test]
    fn keys_are_offered_up_to_their_next_separator() {
        let keys = ["a", "user:1:name", "user:1:size", "user:2", "user:20.x", "user:3/y/z"];
        let offers = |start| offered(&keys, start).0;
        assert_eq!(offers(""), ["a", "user:..."]);
        assert_eq!(offers("u"), ["user:1:...", "user:2", "user:20....", "user:3/..."]);
        assert_eq!(offers("user:1"), ["user:1:name", "user:1:size"]);
        assert_eq!(offers("user:2"), ["user:2", "user:20...."]);
        assert_eq!(offers("user:20."), ["user:20.x"]);
        assert_eq!(offers("x"), [""; 0]);
    }

    #[test]
    fn a_name_that_ends_with_a_separator_may_go_on() {
        assert_eq!(offered(&["a:", "a:b", "c"], "").0, ["a:...", "c"]);
        assert_eq!(offered(&["a:", "a:b", "c"], "a").0, ["a:...", "a:b"]);
    }

    #[test]
    fn names_that_cannot_be_typed_are_more_than_the_offers() {
        assert_eq!(offered(&["k\n1", "k2"], "k").1.as_deref(), Some("k"));
        let store = store_with([b"k\xff".to_vec(), b"k2".to_vec()]);
        let names = super::keys(&store, Group::new(b"").expect("a group"), "k").expect("names");
        assert_eq!((names.offers.len(), names.more.as_deref()), (1, Some("k")));
    }
}
