//! The reads of a store for the view, each bounded.

use std::ops::Bound;

use kv::{CallContext, ErrorKind, Group, Key, Scan, Store, Values};

use crate::browse::requests::{Content, Groups, Name, Page, PageRequest, Row, Start};

/// The largest number of groups that are listed.
const GROUPS_MAX: usize = 1000;
/// The largest number of entries of a group that are counted.
pub const COUNT_MAX: u64 = 1000;
/// The largest number of bytes that are read of a value.
const VALUE_MAX: usize = 64 * 1024;

/// Reads a page of entries.
pub fn page(store: &Store, request: &PageRequest) -> kv::Result<Page> {
    let whole = Scan {
        pattern: request.filter.pattern(),
        limit: request.limit as u64 + 1,
        values: Values::Sizes,
        reverse: matches!(request.start, Start::Last | Start::Before(_)),
        ..Scan::all(Group::new(&request.group)?)
    };
    let scan = match &request.start {
        Start::First | Start::Last => whole,
        Start::At(key) => Scan { lower: Bound::Included(Key::new(key)?), ..whole },
        Start::After(key) | Start::Before(key) => whole.after(Key::new(key)?),
    };
    let mut cursor = store.scan(scan)?;
    let mut rows = Vec::new();
    let mut is_late = false;
    while rows.len() <= request.limit {
        match cursor.next() {
            Ok(Some(entry)) => rows.push(Row {
                key: entry.key.to_vec(),
                size: entry.value_size,
                version: entry.version,
                expires_at: entry.expires_at.map(|at| at.as_millis()),
            }),
            Ok(None) => break,
            // A filter that selects few of many entries: those that were found are shown.
            Err(error) if error.kind() == ErrorKind::Deadline && !rows.is_empty() => {
                is_late = true;
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let has_more = is_late || rows.len() > request.limit;
    rows.truncate(request.limit);
    if whole.reverse {
        rows.reverse();
    }
    Ok(Page { request: request.clone(), rows, has_more })
}

/// Reads a value, or the beginning of a large one; `None` if there is no such entry.
pub fn value(store: &Store, calls: &CallContext, name: &Name) -> kv::Result<Option<Content>> {
    let (group, key) = (Group::new(&name.group)?, Key::new(&name.key)?);
    let Some(mut reader) = store.read_value(group, key)? else { return Ok(None) };
    let info = reader.info();
    let mut bytes = vec![0; usize::try_from(info.size).unwrap_or(VALUE_MAX).min(VALUE_MAX)];
    let len = reader.read(calls, 0, &mut bytes)?;
    bytes.truncate(len);
    Ok(Some(Content { bytes, size: info.size, version: info.version }))
}

/// Lists the groups that begin with a prefix.
pub fn groups(store: &Store, prefix: &[u8]) -> kv::Result<Groups> {
    let mut cursor = store.groups(prefix)?;
    let mut names = Vec::new();
    while let Some(entry) = cursor.next()? {
        if names.len() == GROUPS_MAX {
            return Ok(Groups { prefix: prefix.to_vec(), names, has_more: true });
        }
        names.push(entry.group.to_vec());
    }
    Ok(Groups { prefix: prefix.to_vec(), names, has_more: false })
}

/// Counts the entries of a group, at most one more than [`COUNT_MAX`].
pub fn count(store: &Store, group: &[u8]) -> kv::Result<u64> {
    let limit = COUNT_MAX + 1;
    let scan = Scan { limit, values: Values::None, ..Scan::all(Group::new(group)?) };
    let (mut cursor, mut count) = (store.scan(scan)?, 0);
    while cursor.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}
