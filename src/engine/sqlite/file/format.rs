//! The formats of the tables.

/// A format of the tables, as `kv_meta` records its number.
///
/// Format 2 adds columns. In `kv_entries` the id of an overflow row has a column of its own, so
/// that a number which another program writes as a value is never taken for an id, and a value has
/// flags. In `kv_changes` a change has the time of its commit, flags and a size. Large values are
/// in pieces, in `kv_streams` and `kv_pieces`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// The format of version 0.1. The value of an entry with an overflow row is the id of that row.
    One,
    /// The format of new files.
    Two,
}

/// The column with the id of the overflow row of an entry, in a format.
macro_rules! overflow_id {
    (1) => {
        "value"
    };
    (2) => {
        "overflow"
    };
}

/// The condition under which an entry has an overflow row, in a format.
macro_rules! has_overflow_row {
    (1) => {
        "typeof(value) = 'integer'"
    };
    (2) => {
        "overflow IS NOT NULL AND value = x''"
    };
}

/// The length of a value.
macro_rules! value_len {
    ($format:tt) => {
        concat!(
            "CASE WHEN ",
            has_overflow_row!($format),
            "
             THEN ",
            overflow_len!($format),
            "
             ELSE length(CAST(value AS BLOB)) END"
        )
    };
}

/// The length of a value that is not inline, in a format.
macro_rules! overflow_len {
    (1) => {
        "(SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.value)"
    };
    (2) => {
        "coalesce((SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.overflow),
         (SELECT size FROM kv_streams WHERE id = -kv_entries.overflow))"
    };
}

pub(super) use {has_overflow_row, overflow_id, overflow_len, value_len};

impl Format {
    /// The format of new files.
    pub(crate) const NEWEST: Format = Format::Two;

    /// Returns the number of the format.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Format::One => 1,
            Format::Two => 2,
        }
    }

    /// Returns the format with a number, or `None` for a number that is unknown.
    pub(crate) fn from_number(number: i64) -> Option<Format> {
        [Format::One, Format::Two].into_iter().find(|format| format.number() == number)
    }

    /// Returns the columns of the tables in this format.
    pub(crate) const fn columns(self) -> [(&'static str, &'static str); 8] {
        let (changes, entries) = match self {
            Format::One => ("version,seq,type,grp,key,value", "grp,key,version,expires_at,value"),
            Format::Two => (
                "version,seq,type,grp,key,value,time,flags,size",
                "grp,key,version,expires_at,value,flags,overflow",
            ),
        };
        [
            ("kv_changes", changes),
            ("kv_entries", entries),
            ("kv_meta", "name,value"),
            ("kv_pieces", "id,data"),
            ("kv_quotas", "namespace,max_keys,max_groups,max_bytes,keys,groups,bytes"),
            ("kv_streams", "id,size,state,lease"),
            ("kv_uses", "used,grp,key"),
            ("kv_values", "id,value"),
        ]
    }
}
