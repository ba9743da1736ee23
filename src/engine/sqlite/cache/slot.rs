//! A slot of the entry cache, under a sequence lock.
//!
//! Sequence lock (Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?", 2012):
//! a writer makes the number of the slot odd, writes, and makes it even again. A reader copies the
//! slot between two loads of the number and keeps the copy only if both are the same even number.
//! It writes nothing, so that readers on several cores do not take cache lines from each other.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use crate::model::{Expiry, Version};

/// Words before the bytes: sequence number, generation, version, expiry, lengths.
const HEAD_WORDS: usize = 5;
/// Bytes of a word.
pub(super) const WORD: usize = size_of::<u64>();

/// The bit of the lengths that says that the key is absent.
const ABSENT: u64 = 1 << 63;
/// The bit of the lengths that says that there is an expiry.
const EXPIRES: u64 = 1 << 62;

/// The state of a key: its entry without the value, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The generation of the cache in which this was true.
    pub generation: u64,
    /// The version of the entry.
    pub version: Version,
    /// The expiry of the entry.
    pub expires_at: Option<Expiry>,
    /// The lengths of group and key.
    pub name: (u16, u16),
    /// The length of the value; `None` if the key is absent.
    pub value_len: Option<u16>,
}

impl Head {
    /// Returns the number of bytes of group, key and value.
    pub(super) fn len(&self) -> usize {
        let (group, key) = self.name;
        usize::from(group) + usize::from(key) + self.value_len.map_or(0, usize::from)
    }

    fn to_words(self) -> [u64; HEAD_WORDS - 1] {
        let (group, key) = self.name;
        let mut lengths = u64::from(group) | u64::from(key) << 16;
        lengths |= self.value_len.map_or(ABSENT, |len| u64::from(len) << 32);
        lengths |= if self.expires_at.is_some() { EXPIRES } else { 0 };
        let expires_at = self.expires_at.map_or(0, Expiry::as_millis);
        [self.generation, self.version, expires_at.cast_unsigned(), lengths]
    }

    fn of_words([generation, version, expires_at, lengths]: [u64; HEAD_WORDS - 1]) -> Head {
        let expiry = Expiry::at_millis(expires_at.cast_signed());
        Head {
            generation,
            version,
            expires_at: (lengths & EXPIRES != 0).then_some(expiry),
            name: (lengths as u16, (lengths >> 16) as u16),
            value_len: (lengths & ABSENT == 0).then_some((lengths >> 32) as u16),
        }
    }
}

/// Room for the state of one key, on cache lines of its own.
#[repr(align(64))]
pub(super) struct Slot<const WORDS: usize>([AtomicU64; WORDS]);

impl<const WORDS: usize> Slot<WORDS> {
    /// The bytes of group, key and value that fit.
    pub(super) const ROOM: usize = (WORDS - HEAD_WORDS) * WORD;

    /// Returns an empty slot.
    pub(super) fn new() -> Self {
        Slot([const { AtomicU64::new(0) }; WORDS])
    }

    /// Copies group, key and value to `bytes`, which has room for a slot, and returns the
    /// head; `None` if the slot was written meanwhile.
    pub(super) fn read(&self, bytes: &mut [u8]) -> Option<Head> {
        let sequence = self.0[0].load(Ordering::Acquire);
        if !sequence.is_multiple_of(2) {
            return None;
        }
        let head: [u64; HEAD_WORDS - 1] =
            std::array::from_fn(|index| self.0[index + 1].load(Ordering::Relaxed));
        let head = Head::of_words(head);
        let used = head.len().div_ceil(WORD);
        for (word, to) in self.0[HEAD_WORDS..].iter().zip(bytes.chunks_exact_mut(WORD)).take(used) {
            to.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
        }
        fence(Ordering::Acquire);
        let is_whole = self.0[0].load(Ordering::Relaxed) == sequence;
        is_whole.then_some(head)
    }

    /// Writes the state of a key, whose group, key and value are `parts`. One thread at a time
    /// writes a slot.
    pub(super) fn write(&self, head: &Head, parts: [&[u8]; 3]) {
        let mut bytes = [[0; WORD]; WORDS];
        let mut end = 0;
        for part in parts {
            bytes.as_flattened_mut()[end..][..part.len()].copy_from_slice(part);
            end += part.len();
        }
        let bytes = bytes.iter().take(end.div_ceil(WORD));
        self.change(|| {
            for (word, value) in self.0[1..].iter().zip(head.to_words()) {
                word.store(value, Ordering::Relaxed);
            }
            for (word, value) in self.0[HEAD_WORDS..].iter().zip(bytes) {
                word.store(u64::from_ne_bytes(*value), Ordering::Relaxed);
            }
        });
    }

    /// Empties the slot. One thread at a time writes it.
    pub(super) fn clear(&self) {
        self.change(|| self.0[1].store(0, Ordering::Relaxed));
    }

    /// Runs `write` while the sequence number is odd.
    fn change(&self, write: impl FnOnce()) {
        let sequence = self.0[0].load(Ordering::Relaxed);
        self.0[0].store(sequence + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        write();
        self.0[0].store(sequence + 2, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_returns_what_was_written_last() {
        let slot = Slot::<32>::new();
        let mut bytes = [0; Slot::<32>::ROOM];
        let head = Head {
            generation: 7,
            version: 99,
            expires_at: Some(Expiry::at_millis(-5)),
            name: (2, 3),
            value_len: Some(211),
        };
        slot.write(&head, [b"gr", b"key", &[9; 211]]);
        assert_eq!(slot.read(&mut bytes), Some(head));
        assert_eq!(bytes[..5], *b"grkey");
        assert_eq!(bytes[5..], [9; 211]);

        let absent = Head { expires_at: None, value_len: None, ..head };
        slot.write(&absent, [b"xy", b"abc", b""]);
        assert_eq!(slot.read(&mut bytes), Some(absent));
        assert_eq!(bytes[..5], *b"xyabc");

        slot.clear();
        assert_eq!(slot.read(&mut bytes).map(|head| head.generation), Some(0));
    }

    #[test]
    fn a_reader_sees_no_half_of_a_write() {
        let slot = Slot::<32>::new();
        let of = |number: u8| Head {
            generation: number.into(),
            version: number.into(),
            expires_at: None,
            name: (1, 1),
            value_len: Some(100),
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..100_000_u32 {
                    let number = round as u8;
                    slot.write(&of(number), [&[number], &[number], &[number; 100]]);
                }
            });
            let mut bytes = [0; Slot::<32>::ROOM];
            for _ in 0..100_000 {
                let Some(head) = slot.read(&mut bytes) else { continue };
                let number = head.generation as u8;
                let len = head.len();
                assert_eq!(head.version, head.generation);
                assert!(bytes[..len].iter().all(|byte| *byte == number), "{number}: {bytes:?}");
            }
        });
    }
}
