//! A range of keys that was read, and the digest of its entries by which a later read is compared.

use std::ops::Bound;

use sha1::{Digest, Sha1};

use crate::model::key::{Group, Key};
use crate::model::version::Version;

/// The keys of a group between two bounds, in byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRange<'a> {
    /// The group.
    pub group: Group<'a>,
    /// The lower end.
    pub lower: Bound<Key<'a>>,
    /// The upper end.
    pub upper: Bound<Key<'a>>,
}

/// The SHA-1 of the keys and versions of the live entries of a range, in ascending order. Two
/// reads with the same digest have found the same entries.
/// `src/engine/redis/scripts/batch_ranges.lua` computes it as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeDigest([u8; 20]);

impl RangeDigest {
    /// Returns the digest as hexadecimal digits.
    pub(crate) fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The computation of a [`RangeDigest`].
#[derive(Clone, Default)]
pub(crate) struct RangeHasher(Sha1);

impl RangeHasher {
    /// Adds the next entry in ascending order of the keys.
    pub(crate) fn add(&mut self, key: &[u8], version: Version) {
        // The version ends an entry, and the length of the key begins the next.
        self.0.update(format!("{}:", key.len()));
        self.0.update(key);
        self.0.update(format!("{version:016x}"));
    }

    /// Returns the digest of the entries that were added.
    pub(crate) fn finish(self) -> RangeDigest {
        RangeDigest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(entries: &[(&[u8], Version)]) -> RangeDigest {
        let mut hasher = RangeHasher::default();
        for (key, version) in entries {
            hasher.add(key, *version);
        }
        hasher.finish()
    }

    #[test]
    fn a_digest_differs_with_each_key_and_version_and_with_the_limits_between_them() {
        let all: [&[(&[u8], Version)]; 8] = [
            &[],
            &[(b"", 1)],
            &[(b"a", 1)],
            &[(b"a", 2)],
            &[(b"a", 1), (b"b", 1)],
            &[(b"b", 1), (b"a", 1)],
            &[(b"a0000000000000001", 1)],
            &[(b"a00000000000000011:b", 1)],
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(
                all.iter()
                    .enumerate()
                    .all(|(other, it)| (digest(one) == digest(it)) == (at == other))
            );
        }
    }

    #[test]
    fn the_digest_is_the_one_that_scripts_compute() {
        // printf '1:a00000000000000072:bc00000000000000ff' | sha1sum
        let found = digest(&[(b"a", 7), (b"bc", 255)]);
        assert_eq!(found.hex(), "174f2c7524909f4d8818c5085f53c9cc08a81e9f");
    }
}
