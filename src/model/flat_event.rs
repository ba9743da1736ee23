//! The flat form of events: one buffer, for bindings for which each call of the library is costly.
//!
//! All numbers are little-endian. An event is 40 bytes and then its group, key and value, without
//! padding:
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | u32 | 1 set, 2 delete, 3 delete group, 4 expire, 5 synced, 6 lagged, 7 set large |
//! | 4 | u32 | length of the group |
//! | 8 | u32 | length of the key |
//! | 12 | u32 | length of the value |
//! | 16 | u64 | version |
//! | 24 | i64 | time in milliseconds since 1970; 0 but for changes |
//! | 32 | u64 | for lagged: how many events are missing; for set large: the size of the value |

use crate::model::change::Event;
use crate::model::version::Version;

/// Bytes before the group of an event.
pub const EVENT_HEADER_LEN: usize = 40;

/// The number of [`Event::Synced`]; the number of a change is that of its kind.
pub const SYNCED: i32 = 5;
/// The number of [`Event::Lagged`].
pub const LAGGED: i32 = 6;
/// The number of a set whose value is left out.
pub const SET_LARGE: i32 = 7;

/// The fields of an event.
struct Parts<'e> {
    kind: i32,
    names: [&'e [u8]; 3],
    version: Version,
    time_ms: i64,
    lost: u64,
}

fn parts(event: &Event) -> Parts<'_> {
    match event {
        Event::Change(change) => Parts {
            kind: if change.is_large() { SET_LARGE } else { change.kind().code() },
            names: [change.group(), change.key(), change.value()],
            version: change.version(),
            time_ms: change.time_ms(),
            lost: if change.is_large() { change.size() } else { 0 },
        },
        Event::Synced { version } => {
            Parts { kind: SYNCED, names: [b""; 3], version: *version, time_ms: 0, lost: 0 }
        }
        Event::Lagged { lost, since } => {
            Parts { kind: LAGGED, names: [b""; 3], version: *since, time_ms: 0, lost: *lost }
        }
    }
}

/// Returns how many bytes [`encode_event`] needs for `event`.
pub fn event_len(event: &Event) -> usize {
    EVENT_HEADER_LEN + parts(event).names.iter().map(|name| name.len()).sum::<usize>()
}

/// Writes `event` to the start of `buffer` and returns its length, or `None` if it does not fit.
pub fn encode_event(event: &Event, buffer: &mut [u8]) -> Option<usize> {
    let len = event_len(event);
    let Parts { kind, names, version, time_ms, lost } = parts(event);
    let mut rest = buffer.get_mut(..len)?;
    let mut put = |bytes: &[u8]| {
        let (head, tail) = std::mem::take(&mut rest).split_at_mut(bytes.len());
        head.copy_from_slice(bytes);
        rest = tail;
    };
    put(&kind.to_le_bytes());
    for name in names {
        put(&(name.len() as u32).to_le_bytes());
    }
    put(&version.to_le_bytes());
    put(&time_ms.to_le_bytes());
    put(&lost.to_le_bytes());
    names.into_iter().for_each(put);
    Some(len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Change, ChangeKind, Group};
    use std::sync::Arc;

    #[test]
    fn an_event_is_a_header_and_its_bytes_or_nothing_if_it_does_not_fit() {
        let group = Group::new(b"g").expect("short");
        let change = Change::new(ChangeKind::Set, group, b"key", b"va", 5_000_007);
        let event = Event::Change(Arc::new(change));
        let mut buffer = [0xEE; 64];

        assert_eq!(encode_event(&event, &mut buffer), Some(46));

        let numbers = [1u32, 1, 3, 2].map(u32::to_le_bytes).concat();
        let times = [5_000_007u64, 5_000, 0].map(u64::to_le_bytes).concat();
        assert_eq!(&buffer[..46], &[numbers, times, b"gkeyva".to_vec()].concat());
        assert_eq!(buffer[46], 0xEE);
        assert_eq!(encode_event(&event, &mut buffer[..45]), None);
    }

    #[test]
    fn notices_have_no_bytes() {
        for (event, numbers) in [
            (Event::Lagged { lost: 3, since: 9 }, (6u32, 9u64, 3u64)),
            (Event::Synced { version: 9 }, (5, 9, 0)),
        ] {
            let mut buffer = [0; EVENT_HEADER_LEN];
            assert_eq!(encode_event(&event, &mut buffer), Some(EVENT_HEADER_LEN));
            assert_eq!(buffer[..4], numbers.0.to_le_bytes());
            assert_eq!(buffer[16..24], numbers.1.to_le_bytes());
            assert_eq!(buffer[32..], numbers.2.to_le_bytes());
        }
    }
}
