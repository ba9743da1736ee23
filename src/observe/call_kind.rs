//! The kinds of calls.

use std::ffi::CStr;

/// A kind of call. The numbers are those of the header and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum CallKind {
    /// A read of one key: its value, size, version, expiry or existence.
    Get = 0,
    /// A read of many keys.
    GetMany = 1,
    /// A write of one key.
    Set = 2,
    /// A delete of one key.
    Delete = 3,
    /// A read and delete of one key.
    Take = 4,
    /// An increment.
    Increment = 5,
    /// An append.
    Append = 6,
    /// A change of an expiry.
    Expire = 7,
    /// The opening of a scan, a list of groups or a snapshot.
    Scan = 8,
    /// A count.
    Count = 9,
    /// A delete of a prefix, a group or all groups, or a purge.
    DeleteRange = 10,
    /// The commit of a batch.
    Batch = 11,
    /// The begin or commit of a transaction.
    Transaction = 12,
    /// The opening of a watch, a callback or the change log.
    Watch = 13,
    /// A call on a lock, with its wait.
    Lock = 14,
    /// A call on an idempotency record.
    Idempotency = 15,
    /// The opening of a writer or reader of a value in pieces.
    Stream = 16,
    /// A call on JSON, parts of text or a template.
    Text = 17,
    /// A scope or a quota.
    Namespace = 18,
    /// A copy of a store.
    Copy = 19,
    /// Statistics, backup, restore, compaction, check or flush.
    Maintenance = 20,
}

impl CallKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [CallKind; 21] = [
        CallKind::Get,
        CallKind::GetMany,
        CallKind::Set,
        CallKind::Delete,
        CallKind::Take,
        CallKind::Increment,
        CallKind::Append,
        CallKind::Expire,
        CallKind::Scan,
        CallKind::Count,
        CallKind::DeleteRange,
        CallKind::Batch,
        CallKind::Transaction,
        CallKind::Watch,
        CallKind::Lock,
        CallKind::Idempotency,
        CallKind::Stream,
        CallKind::Text,
        CallKind::Namespace,
        CallKind::Copy,
        CallKind::Maintenance,
    ];

    /// Returns the name of the kind, in lower case.
    pub fn name(self) -> &'static str {
        self.c_name().to_str().unwrap_or_default()
    }

    /// Returns the name of the kind with a final NUL.
    pub fn c_name(self) -> &'static CStr {
        match self {
            CallKind::Get => c"get",
            CallKind::GetMany => c"get_many",
            CallKind::Set => c"set",
            CallKind::Delete => c"delete",
            CallKind::Take => c"take",
            CallKind::Increment => c"increment",
            CallKind::Append => c"append",
            CallKind::Expire => c"expire",
            CallKind::Scan => c"scan",
            CallKind::Count => c"count",
            CallKind::DeleteRange => c"delete_range",
            CallKind::Batch => c"batch",
            CallKind::Transaction => c"transaction",
            CallKind::Watch => c"watch",
            CallKind::Lock => c"lock",
            CallKind::Idempotency => c"idempotency",
            CallKind::Stream => c"stream",
            CallKind::Text => c"text",
            CallKind::Namespace => c"namespace",
            CallKind::Copy => c"copy",
            CallKind::Maintenance => c"maintenance",
        }
    }

    /// Returns the kind of this number.
    pub fn of_number(number: i32) -> Option<CallKind> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// Returns whether a call of this kind writes a single key.
    pub(super) fn is_short_write(self) -> bool {
        matches!(
            self,
            CallKind::Set
                | CallKind::Delete
                | CallKind::Take
                | CallKind::Increment
                | CallKind::Append
                | CallKind::Expire
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_stand_in_the_order_of_their_numbers() {
        for (number, kind) in (0..).zip(CallKind::ALL) {
            assert_eq!((kind as i32, CallKind::of_number(number)), (number, Some(kind)));
        }
        assert_eq!(CallKind::of_number(CallKind::ALL.len() as i32), None);
        assert_eq!(CallKind::of_number(-1), None);
    }
}
