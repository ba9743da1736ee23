//! The sorted keys of one node, with the head of each beside it.
//!
//! All keys of a node lie between its two fences, the separators around it in the nodes above, and
//! so begin with the bytes that both fences share. The head of a key is the four bytes after
//! those, as a number. A search compares heads, which lie side by side, so that they are loaded at
//! once and compared several at a time; it reads a key itself only where its head is the one that
//! is looked for.

use crate::engine::rows::name::Name;

/// An item of a tree, which has them in the order of their keys.
pub(crate) trait Item: Clone {
    /// Where the keys are, if not in the items.
    type Store;

    /// Returns the key.
    fn key<'k>(&'k self, store: &'k Self::Store) -> &'k [u8];
}

/// The separators around a node: `low` <= its keys < `high`. At the ends of the tree there is
/// none.
#[derive(Clone, Copy)]
pub(super) struct Fences<'f> {
    pub(super) low: Option<&'f [u8]>,
    pub(super) high: Option<&'f [u8]>,
}

impl<'f> Fences<'f> {
    pub(super) const NONE: Fences<'static> = Fences { low: None, high: None };

    /// Returns the fences of the child at `at` of a node with these fences and separators.
    pub(super) fn of_child(self, separators: &'f Keys<Name>, at: usize) -> Fences<'f> {
        let separator = |at: usize| separators.get(at).map(|it| &**it);
        Fences {
            low: at.checked_sub(1).and_then(separator).or(self.low),
            high: separator(at).or(self.high),
        }
    }

    /// Returns how many bytes all keys between the fences share at their beginning.
    fn shared_len(self) -> usize {
        match (self.low, self.high) {
            (Some(low), Some(high)) => shared_len(low, high),
            _ => 0,
        }
    }
}

/// Returns how many bytes two keys share at their beginning.
pub(super) fn shared_len(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// The items of a leaf, or the separators of an inner node, in key order.
#[derive(Clone)]
pub(crate) struct Keys<K> {
    /// The head of each item.
    heads: Vec<i32>,
    items: Vec<K>,
    /// The bytes before the head of each key.
    skip: usize,
}

impl<K: Item> Keys<K> {
    /// Returns a list without keys.
    pub(super) fn new() -> Self {
        Keys { heads: Vec::new(), items: Vec::new(), skip: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&K> {
        self.items.get(at)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut K> {
        self.items.get_mut(at)
    }

    /// Returns the position of a key that lies between the fences of the node, or that at which it
    /// would be inserted.
    pub(super) fn search(&self, store: &K::Store, key: &[u8]) -> Result<usize, usize> {
        let head = head(key, self.skip);
        // No branch depends on a comparison: a search by halves would wait for each.
        let first = self.heads.iter().map(|it| usize::from(*it < head)).sum();
        let alike = self.heads.iter().skip(first).take_while(|it| **it == head).count();
        let alike = self.items.get(first..first + alike).unwrap_or_default();
        match alike.binary_search_by(|item| item.key(store).cmp(key)) {
            Ok(at) => Ok(first + at),
            Err(at) => Err(first + at),
        }
    }

    pub(super) fn insert(&mut self, store: &K::Store, at: usize, item: K) {
        let len = self.items.len();
        if len == self.items.capacity() {
            // Room for few more: a million nodes are half empty otherwise.
            self.items.reserve_exact(len.clamp(1, 8));
            self.heads.reserve_exact(len.clamp(1, 8));
        }
        self.heads.insert(at, head(item.key(store), self.skip));
        self.items.insert(at, item);
    }

    /// Replaces the item at `at` by one with the same key, and returns it.
    pub(super) fn replace(&mut self, at: usize, item: K) -> Option<K> {
        self.items.get_mut(at).map(|place| std::mem::replace(place, item))
    }

    pub(super) fn remove(&mut self, at: usize) -> K {
        self.heads.remove(at);
        self.items.remove(at)
    }

    /// Moves the items from `at` on into a list of their own.
    pub(super) fn split_off(&mut self, at: usize) -> Keys<K> {
        let (heads, items) = (self.heads.split_off(at), self.items.split_off(at));
        Keys { heads, items, skip: self.skip }
    }

    /// Appends the items of `right`; all keys lie between `fences` now.
    pub(super) fn append(&mut self, store: &K::Store, mut right: Keys<K>, fences: Fences<'_>) {
        self.move_between(store, fences);
        right.move_between(store, fences);
        self.heads.append(&mut right.heads);
        self.items.append(&mut right.items);
    }

    /// Computes the heads again for a node between other fences.
    pub(super) fn move_between(&mut self, store: &K::Store, fences: Fences<'_>) {
        let skip = fences.shared_len();
        if skip != self.skip {
            self.skip = skip;
            let heads = self.items.iter().map(|item| head(item.key(store), skip));
            self.heads.iter_mut().zip(heads).for_each(|(old, new)| *old = new);
        }
    }
}

/// Returns the four bytes of a key after the first `skip`, as a number with a sign: its comparison
/// is the cheaper one. Missing bytes are zero, so a key that ends before them has the head of one
/// that goes on with zeros.
fn head(key: &[u8], skip: usize) -> i32 {
    let rest = key.get(skip..).unwrap_or_default();
    let bytes = rest.first_chunk::<4>().copied().unwrap_or_else(|| {
        let mut bytes = [0; 4];
        bytes.iter_mut().zip(rest).for_each(|(byte, it)| *byte = *it);
        bytes
    });
    (u32::from_be_bytes(bytes) ^ 1 << 31).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Item for &'static [u8] {
        type Store = ();

        fn key(&self, _: &()) -> &[u8] {
            self
        }
    }

    #[test]
    fn keys_with_one_head_are_found_by_their_bytes() {
        let all: [&'static [u8]; 7] =
            [b"", b"\0", b"\0\0", b"12345678", b"12345678\0", b"123456789", b"2"];
        let mut keys = Keys::new();
        for key in [4, 0, 6, 2, 5, 1, 3].map(|at: usize| all[at]) {
            let at = keys.search(&(), key).expect_err("it is not there yet");
            keys.insert(&(), at, key);
        }
        for (at, key) in all.into_iter().enumerate() {
            assert_eq!(keys.search(&(), key), Ok(at));
        }
        assert_eq!(keys.search(&(), b"12345678\x01"), Err(5));
        assert_eq!(keys.search(&(), b"3"), Err(7));
    }

    #[test]
    fn fences_are_skipped_and_the_order_stays() {
        let fences = Fences { low: Some(b"user:10"), high: Some(b"user:2") };
        let mut keys = Keys::new();
        for key in [&b"user:1"[..], b"user:10", b"user:199999999", b"user:1999999999"] {
            keys.insert(&(), keys.len(), key);
        }
        keys.move_between(&(), fences);
        assert_eq!(keys.skip, 5);
        assert_eq!(keys.search(&(), b"user:199999999"), Ok(2));
        assert_eq!(keys.search(&(), b"user:1999999999"), Ok(3));
        keys.move_between(&(), Fences::NONE);
        assert_eq!((keys.skip, keys.search(&(), b"user:10")), (0, Ok(1)));
    }
}
