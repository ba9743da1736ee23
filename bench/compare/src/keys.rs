//! Keys, numbered so that their byte order is the order of their numbers.

/// The form of a store's keys: the digits of the number between a prefix and a suffix.
#[derive(Clone, Copy)]
pub struct KeyForm {
    prefix: &'static [u8],
    digits: usize,
    suffix: &'static [u8],
}

/// `key00000000000042`, 17 bytes.
pub const NAMED: KeyForm = KeyForm { prefix: b"key", digits: 14, suffix: b"" };
/// `0000000000000042`, the 16 bytes of LevelDB's db_bench.
pub const DIGITS: KeyForm = KeyForm { prefix: b"", digits: 16, suffix: b"" };
/// `0000000000000042.`, which is behind the key of the same number and before the next one.
pub const ABSENT: KeyForm = KeyForm { prefix: b"", digits: 16, suffix: b"." };

impl KeyForm {
    /// Returns the length of each key in bytes.
    pub fn len(self) -> usize {
        self.prefix.len() + self.digits + self.suffix.len()
    }

    /// Returns the key numbered `id`.
    pub fn key(self, id: u64) -> Vec<u8> {
        let mut key = self.prefix.to_vec();
        key.resize(self.prefix.len() + self.digits, b'0');
        key.extend_from_slice(self.suffix);
        self.write(id, &mut key);
        key
    }

    /// Writes the number into a key of this form.
    fn write(self, id: u64, key: &mut [u8]) {
        let mut rest = id;
        for digit in key[self.prefix.len()..][..self.digits].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    }
}

/// The keys of many numbers, one behind the other in memory.
pub struct Keys {
    bytes: Vec<u8>,
    len: usize,
}

impl Keys {
    pub fn new(form: KeyForm, ids: &[u64]) -> Self {
        let mut bytes = form.key(0).repeat(ids.len());
        for (key, id) in bytes.chunks_exact_mut(form.len()).zip(ids) {
            form.write(*id, key);
        }
        Self { bytes, len: form.len() }
    }

    /// Returns the key of the number at this place.
    pub fn at(&self, place: usize) -> &[u8] {
        &self.bytes[place * self.len..][..self.len]
    }

    /// Returns all keys, in the order of their numbers' places.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_numbers() {
        assert_eq!(NAMED.key(42), b"key00000000000042");
        assert_eq!(DIGITS.key(42), b"0000000000000042");
        for form in [NAMED, DIGITS] {
            assert!(form.key(9) < form.key(10) && form.key(999_999) < form.key(1_000_000));
        }
        assert!(DIGITS.key(42) < ABSENT.key(42) && ABSENT.key(42) < DIGITS.key(43));
        assert_eq!(ABSENT.key(42).len(), ABSENT.len());
    }

    #[test]
    fn keys_of_many_numbers_are_those_of_each() {
        let keys = Keys::new(NAMED, &[7, 0, 123]);
        assert_eq!(keys.at(2), NAMED.key(123));
        assert_eq!(keys.iter().collect::<Vec<_>>(), [7, 0, 123].map(|id| NAMED.key(id)));
        assert_eq!(Keys::new(NAMED, &[]).iter().count(), 0);
    }
}
