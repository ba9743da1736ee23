//! The messages in which scripts publish changes.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::engine::redis::row::{parse_version, version_of};
use crate::model::{Change, ChangeKind, Group, Op};

/// The changes of one script: a line `ORIGIN NODE MICROSECONDS` (0 for the time of arrival), then
/// each change as `KIND:GROUP LENGTH:KEY LENGTH:VALUE LENGTH;` followed by group, key and value. A
/// value in pieces has no bytes, and `:SIZE:VERSION` behind their number.
#[derive(Debug)]
pub(crate) struct Message<'m> {
    /// The engine that has run the script, and its number for the message.
    pub origin: &'m [u8],
    /// The node of a cluster on which it ran; `-` without a cluster.
    pub node: &'m [u8],
    /// The changes.
    pub changes: Vec<Arc<Change>>,
}

impl<'m> Message<'m> {
    /// Parses a message; returns `None` for other bytes.
    pub(crate) fn parse(bytes: &'m [u8]) -> Option<Message<'m>> {
        let end = memchr::memchr(b'\n', bytes)?;
        let (line, mut rest) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        let mut words = line.split(|byte| *byte == b' ');
        let (origin, node) = (words.next()?, words.next()?);
        let micros = match number(words.next()?)? {
            0 => micros_now(),
            micros => micros,
        };
        let mut changes = Vec::new();
        while !rest.is_empty() {
            let end = memchr::memchr(b';', rest)?;
            let mut parts = rest.get(..end)?.split(|byte| *byte == b':');
            let kind = ChangeKind::from_code(i64::try_from(number(parts.next()?)?).ok()?)?;
            let mut length = || Some(number(parts.next()?)? as usize);
            let (group_len, key_len, value_len) = (length()?, length()?, length()?);
            let pieces = match parts.next() {
                Some(size) => Some((number(size)?, parse_version(parts.next()?)?)),
                None => None,
            };
            let (group, after) = rest.get(end + 1..)?.split_at_checked(group_len)?;
            let (key, after) = after.split_at_checked(key_len)?;
            let (value, after) = after.split_at_checked(value_len)?;
            rest = after;
            let version = match (kind, pieces) {
                (_, Some((_, version))) => version,
                (ChangeKind::Set, None) => version_of(value),
                _ => micros,
            };
            let group = Group::new(group).ok()?;
            let change = Change::new(kind, group, key, value, version);
            let size = pieces.map_or(change.size(), |(size, _)| size);
            let change = change.of_size(size);
            changes.push(Arc::new(change.at_millis((micros / 1000) as i64)));
        }
        Some(Message { origin, node, changes })
    }
}

/// Returns the node in a message; `None` for other bytes.
pub(crate) fn node_of(message: &[u8]) -> Option<&[u8]> {
    message.get(..memchr::memchr(b'\n', message)?)?.split(|byte| *byte == b' ').nth(1)
}

/// Returns the message of sets of string keys that are made without a script. It has no time;
/// receivers use the time of arrival.
pub(crate) fn of_sets(origin: &str, ops: &[Op<'_>]) -> Vec<u8> {
    let mut message = format!("{origin} - 0\n").into_bytes();
    for op in ops {
        if let Op::Set { key, value, .. } = op {
            let key = key.as_bytes();
            let lengths = format!("{}:0:{}:{};", ChangeKind::Set.code(), key.len(), value.len());
            for part in [lengths.as_bytes(), key, value] {
                message.extend_from_slice(part);
            }
        }
    }
    message
}

/// Returns the time of this machine, in microseconds since 1970.
pub(crate) fn micros_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |it| it.as_micros() as u64)
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_line_and_changes_of_any_bytes() {
        let bytes = b"me:7 node1 1700000000000001\n1:1:2:3;gk;\n:\x002:0:1:0;x3:1:0:0;h";
        let message = Message::parse(bytes).expect("a message");
        assert_eq!((message.origin, message.node), (&b"me:7"[..], &b"node1"[..]));
        assert_eq!(node_of(bytes), Some(message.node));
        let [set, delete, group] = &message.changes[..] else { panic!("{message:?}") };
        assert_eq!((set.group(), set.key(), set.value()), (&b"g"[..], &b"k;"[..], &b"\n:\0"[..]));
        assert_eq!(set.version(), version_of(b"\n:\0"));
        assert_eq!(set.time_ms(), 1_700_000_000_000);
        assert_eq!((delete.kind(), delete.key()), (ChangeKind::Delete, &b"x"[..]));
        assert_eq!((group.kind(), group.group()), (ChangeKind::DeleteGroup, &b"h"[..]));
    }

    #[test]
    fn a_change_of_a_value_in_pieces_has_its_size_and_version() {
        let bytes = b"me:7 - 17\n1:1:1:0:786437:a9993e364706816a;gk1:1:1:1;glv";
        let message = Message::parse(bytes).expect("a message");
        let [large, small] = &message.changes[..] else { panic!("{message:?}") };
        assert_eq!((large.key(), large.value(), large.size()), (&b"k"[..], &b""[..], 786_437));
        assert!(large.is_large() && large.version() == 0xa999_3e36_4706_816a);
        assert_eq!((small.key(), small.size(), small.is_large()), (&b"l"[..], 1, false));
    }

    #[test]
    fn cut_or_foreign_bytes_are_no_message() {
        let whole = b"me:7 - 17\n1:1:1:1;gkv";
        assert!(Message::parse(whole).is_some());
        for len in 0..whole.len() {
            let cut = Message::parse(&whole[..len]);
            assert!(cut.is_none_or(|it| it.changes.is_empty()), "{len}");
        }
        for foreign in [&b"hello"[..], b"a b c\n", b"a b 1\n9:0:0:0;", b"a b 1\n1:9999999999:0:0;"]
        {
            assert!(Message::parse(foreign).is_none());
        }
    }
}
