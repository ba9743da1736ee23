//! The kinds of calls.

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
        match self {
            CallKind::Get => "get",
            CallKind::GetMany => "get_many",
            CallKind::Set => "set",
            CallKind::Delete => "delete",
            CallKind::Take => "take",
            CallKind::Increment => "increment",
            CallKind::Append => "append",
            CallKind::Expire => "expire",
            CallKind::Scan => "scan",
            CallKind::Count => "count",
            CallKind::DeleteRange => "delete_range",
            CallKind::Batch => "batch",
            CallKind::Transaction => "transaction",
            CallKind::Watch => "watch",
            CallKind::Lock => "lock",
            CallKind::Idempotency => "idempotency",
            CallKind::Stream => "stream",
            CallKind::Text => "text",
            CallKind::Namespace => "namespace",
            CallKind::Copy => "copy",
            CallKind::Maintenance => "maintenance",
        }
    }

    /// Returns the kind of this number.
    pub fn of_number(number: i32) -> Option<CallKind> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// Returns whether a call of this kind writes a single key.
    pub(super) fn is_short_write(self) -> bool {
        (CallKind::Set..=CallKind::Expire).contains(&self)
    }
}

impl PartialOrd for CallKind {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (*self as i32).partial_cmp(&(*other as i32))
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
