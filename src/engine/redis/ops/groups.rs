//! Scans: of one group, of the entries of many groups, or of group names.

use std::collections::VecDeque;
use std::sync::Arc;

use redis::{Cmd, Value};

use crate::engine::Cursor;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::bytes;
use crate::engine::redis::context::{Context, buckets_of};
use crate::engine::redis::ops::scan::Entries;
use crate::engine::redis::scripts;
use crate::error::Result;
use crate::model::{Group, GroupRange, Key, Query, Scan, ScanEntry, prefix_end};

/// Begins a scan. `barrier` is the origin of a barrier message that the script of a snapshot scan
/// publishes at the moment of the snapshot.
pub(crate) fn begin(
    context: &Arc<Context>,
    query: Query<'_>,
    barrier: Option<&str>,
) -> Result<Box<dyn Cursor>> {
    Ok(match query {
        Query::Entries(scan) => {
            Box::new(Entries::begin(context, &scan, context.live_scans && !scan.snapshot, barrier)?)
        }
        Query::Range { range, after } => {
            let mut groups = match range {
                GroupRange::One(group) => vec![group.as_bytes().to_vec()],
                GroupRange::Prefix(prefix) => context.groups(prefix)?,
            };
            let after =
                after.map(|(group, key)| (group.as_bytes().to_vec(), key.as_bytes().to_vec()));
            if let Some((first, _)) = &after {
                groups.retain(|group| group >= first);
            }
            Box::new(Groups {
                context: context.clone(),
                groups: groups.into(),
                after,
                entries: None,
            })
        }
        Query::Groups(prefix) => {
            Box::new(Names { names: context.groups(prefix)?.into(), current: Vec::new() })
        }
    })
}

/// A scan of the entries of many groups. Each group is read when the cursor reaches it.
struct Groups {
    context: Arc<Context>,
    groups: VecDeque<Vec<u8>>,
    /// The group and key after which the scan begins.
    after: Option<(Vec<u8>, Vec<u8>)>,
    entries: Option<Entries>,
}

impl Cursor for Groups {
    fn is_snapshot(&self) -> bool {
        false
    }

    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        loop {
            // The borrow checker does not accept the entry of `next` here, so it is borrowed again
            // below.
            let has_more = match &mut self.entries {
                Some(entries) => entries.next()?.is_some(),
                None => false,
            };
            if has_more {
                return Ok(self.entries.as_ref().and_then(Entries::current));
            }
            let Some(group) = self.groups.pop_front() else { return Ok(None) };
            let after = self.after.as_ref().filter(|(first, _)| *first == group);
            let all = Scan::all(Group::new(&group)?);
            let after = after.map(|(_, key)| Key::new(key)).transpose()?;
            let scan = after.map_or(all, |key| all.after(key));
            self.entries = Some(Entries::begin(&self.context, &scan, true, None)?);
        }
    }
}

/// A scan of group names.
struct Names {
    names: VecDeque<Vec<u8>>,
    current: Vec<u8>,
}

impl Cursor for Names {
    fn is_snapshot(&self) -> bool {
        false
    }

    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let Some(name) = self.names.pop_front() else { return Ok(None) };
        self.current = name;
        Ok(Some(ScanEntry::of_group(&self.current)))
    }
}

impl Context {
    /// Returns the names of the groups that begin with `prefix` and hold a live entry, in order.
    pub(crate) fn groups(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>> {
        let follows = prefix_end(prefix).unwrap_or_default();
        let fill = |bucket: &[u8], command: &mut Cmd| {
            command.arg(bucket).arg(prefix).arg(&follows);
        };
        let buckets = buckets_of(GroupRange::Prefix(prefix));
        let mut names = Vec::new();
        for reply in self.run_in_buckets(buckets, &scripts::GROUPS, &fill)? {
            let Value::Array(found) = reply else { return Err(unexpected("a list of groups")) };
            for name in found {
                names.push(bytes(name)?);
            }
        }
        if prefix.is_empty() {
            let mut has_strings = false;
            self.scan_strings(b"", &mut |_| {
                has_strings = true;
                Ok(false)
            })?;
            if has_strings {
                names.push(Vec::new());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}
