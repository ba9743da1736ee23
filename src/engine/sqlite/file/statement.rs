//! The statements that a session keeps prepared.

/// A statement that a session keeps prepared; `texts.rs` has its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sql {
    BeginRead,
    Touch,
    BeginWrite,
    Commit,
    Rollback,
    Get,
    GetOverflow,
    Find,
    Overwrite,
    Insert,
    Update,
    UpdateExpiry,
    Delete,
    InsertOverflow,
    UpdateOverflow,
    DeleteOverflow,
    Scan,
    ScanBelow,
    ScanReverse,
    ScanBelowReverse,
    ScanKeys,
    ScanKeysBelow,
    ScanKeysReverse,
    ScanKeysBelowReverse,
    ScanGroups,
    ScanGroupsBelow,
    CountGroup,
    CountGroups,
    CountGroupsBelow,
    NextGroup,
    HasLive,
    CountPrefix,
    CountPrefixBelow,
    DeletePrefix,
    DeletePrefixBelow,
    DeletePrefixOverflow,
    DeletePrefixOverflowBelow,
    ListPrefix,
    ListPrefixBelow,
    ListExpired,
    ListExpiredBelow,
    HasRows,
    ValueLen,
    OverflowLen,
    QuotaState,
    SetUsage,
    OverwriteAlike,
    AnyExpired,
    LogChange,
    Changes,
    NewestChange,
    OldestChanges,
    ChangeBefore,
    TrimChanges,
    SetAccess,
    MoveAccess,
    OldestAccess,
    DeleteAccess,
    DeleteAccesses,
    DeleteAccessesBelow,
}

impl Sql {
    /// The number of statements.
    pub(crate) const COUNT: usize = Sql::DeleteAccessesBelow as usize + 1;

    /// Returns the statement of a scan. Its columns are key, version, expiry and, unless
    /// `keys_only`, value. A bounded scan ends before key ?3. The rows include expired ones: a
    /// condition in SQL costs more than the check of the expiry column by the caller.
    pub(crate) const fn scan(keys_only: bool, bounded: bool, reverse: bool) -> Sql {
        match (keys_only, bounded, reverse) {
            (false, false, false) => Sql::Scan,
            (false, true, false) => Sql::ScanBelow,
            (false, false, true) => Sql::ScanReverse,
            (false, true, true) => Sql::ScanBelowReverse,
            (true, false, false) => Sql::ScanKeys,
            (true, true, false) => Sql::ScanKeysBelow,
            (true, false, true) => Sql::ScanKeysReverse,
            (true, true, true) => Sql::ScanKeysBelowReverse,
        }
    }
}
