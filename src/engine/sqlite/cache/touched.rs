//! The keys that a transaction has touched, and their states after it.

use std::ops::Range;

use crate::engine::sqlite::cache::set::{KeyChange, Names};
use crate::engine::sqlite::cache::shard::CacheShard;
use crate::model::{Group, Key};

/// Keys beyond which a transaction voids the whole cache: to change as many slots would take
/// longer than what is saved by them.
const KEYS_MAX: usize = 1_024;
/// Bytes that the record keeps allocated between transactions.
const BYTES_KEPT: usize = 1 << 20;

/// A record of the changes of a transaction, in their order.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    keys: Vec<TouchedKey>,
    /// The groups, keys and values.
    bytes: Vec<u8>,
    /// Whether more was touched than is recorded.
    is_everything: bool,
}

#[derive(Debug)]
struct TouchedKey {
    group: Range<usize>,
    key: Range<usize>,
    /// With the place of the value.
    change: KeyChange<Range<usize>>,
}

impl Touched {
    /// Forgets the last transaction.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.bytes.clear();
        self.bytes.shrink_to(BYTES_KEPT);
        self.is_everything = false;
    }

    /// Records a change of one key.
    pub(crate) fn record(&mut self, group: Group<'_>, key: Key<'_>, change: KeyChange<&[u8]>) {
        if self.keys.len() >= KEYS_MAX {
            self.record_everything();
        }
        if self.is_everything {
            return;
        }
        let change = match change {
            // It would not fit into a slot.
            KeyChange::Set(value, ..) if value.len() > CacheShard::ROOM => KeyChange::Unknown,
            change => change.map(|value| self.keep(value)),
        };
        let (group, key) = (self.keep(group.as_bytes()), self.keep(key.as_bytes()));
        self.keys.push(TouchedKey { group, key, change });
    }

    /// Records that any key may have changed.
    pub(crate) fn record_everything(&mut self) {
        self.clear();
        self.is_everything = true;
    }

    /// Calls `each` for the changes in their order. Returns false if any other key may have
    /// changed as well.
    pub(super) fn each(&self, mut each: impl FnMut(Names<'_>, &KeyChange<&[u8]>)) -> bool {
        for TouchedKey { group, key, change } in &self.keys {
            let change = change.clone().map(|value| self.kept(&value));
            each((self.kept(group), self.kept(key)), &change);
        }
        !self.is_everything
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        begin..self.bytes.len()
    }

    fn kept(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Expiry;

    fn names(number: usize) -> (Group<'static>, Vec<u8>) {
        (Group::new(b"g").expect("a group"), number.to_string().into_bytes())
    }

    fn record(touched: &mut Touched, number: usize, change: KeyChange<&[u8]>) {
        let (group, key) = names(number);
        touched.record(group, Key::new(&key).expect("a key"), change);
    }

    fn recorded(touched: &Touched) -> (Vec<String>, bool) {
        let mut all = Vec::new();
        let is_all = touched.each(|(group, key), change| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            all.push(format!("{}/{} {change:?}", text(group), text(key)));
        });
        (all, is_all)
    }

    #[test]
    fn the_changes_are_recorded_in_their_order() {
        let mut touched = Touched::default();
        record(&mut touched, 1, KeyChange::Set(b"v", 7, None));
        record(&mut touched, 1, KeyChange::Removed);
        record(&mut touched, 2, KeyChange::Set(&[0; CacheShard::ROOM + 1], 8, None));
        record(&mut touched, 3, KeyChange::Expires(Some(Expiry::at_millis(5))));
        let expected = [
            "g/1 Set([118], 7, None)",
            "g/1 Removed",
            "g/2 Unknown",
            "g/3 Expires(Some(Expiry(5)))",
        ];
        assert_eq!(recorded(&touched), (expected.map(String::from).to_vec(), true));
        touched.clear();
        assert_eq!(recorded(&touched), (Vec::new(), true));
    }

    #[test]
    fn a_transaction_of_many_keys_touches_everything() {
        let mut touched = Touched::default();
        (0..KEYS_MAX).for_each(|number| record(&mut touched, number, KeyChange::Removed));
        assert_eq!(recorded(&touched).0.len(), KEYS_MAX);
        record(&mut touched, KEYS_MAX, KeyChange::Removed);
        assert_eq!(recorded(&touched), (Vec::new(), false));
        record(&mut touched, 1, KeyChange::Removed);
        assert_eq!(recorded(&touched), (Vec::new(), false));
    }
}
