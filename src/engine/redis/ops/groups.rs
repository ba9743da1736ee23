//! Scans: of one group, of the entries of many groups, or of group names.

use std::collections::VecDeque;
use std::sync::Arc;

use redis::Cmd;

use crate::engine::Cursor;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, count_of, integer};
use crate::engine::redis::client::script::Script;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::layout::Bucket;
use crate::engine::redis::ops::scan::{Entries, next_bound};
use crate::engine::redis::scripts;
use crate::error::Result;
use crate::model::{Group, GroupRange, Key, Query, Scan, ScanEntry, Values, prefix_end};

/// The most groups that one script counts.
const PAGE: usize = 1_000;

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
        Query::Range { range, after, values } => {
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
                values,
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
    values: Values,
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
            let all = Scan { values: self.values, ..Scan::all(Group::new(&group)?) };
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
        let named = self.count_groups(prefix)?;
        let mut names: Vec<_> =
            named.into_iter().filter(|(_, live)| *live > 0).map(|(name, _)| name).collect();
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

    /// Counts the live entries of the named groups in `range`.
    pub(crate) fn count_named(&self, range: GroupRange<'_>) -> Result<u64> {
        match range {
            GroupRange::One(group) => self.count_group(group),
            GroupRange::Prefix(prefix) => {
                Ok(self.count_groups(prefix)?.into_iter().map(|(_, live)| live).sum())
            }
        }
    }

    /// Counts the live entries of a named group.
    fn count_group(&self, group: Group<'_>) -> Result<u64> {
        let slot = self.slot(group, b"")?;
        let fill = |command: &mut Cmd| self.append_group(group, command);
        count_of(&self.server.run(slot, &scripts::COUNT, true, &fill)?)
    }

    /// Runs a script, which may be done twice, for each page of the groups of a bucket from `lower`
    /// on. `fill` appends the arguments of a page behind the bucket; `take` returns the last name
    /// of the page in the reply, empty at the end.
    pub(crate) fn run_in_pages(
        &self,
        bucket: Bucket,
        script: &Script,
        mut lower: Vec<u8>,
        fill: &dyn Fn(&[u8], &mut Cmd),
        take: &mut dyn FnMut(Value) -> Result<Vec<u8>>,
    ) -> Result<()> {
        loop {
            let fill_page = |command: &mut Cmd| {
                command.arg(1).arg(self.layout.groups_key(bucket)).arg(self.layout.bucket(bucket));
                fill(&lower, command);
            };
            match &take(self.server.run(self.bucket_slot(bucket), script, true, &fill_page)?)?[..] {
                [] => return Ok(()),
                last => lower = next_bound(&lower, last, false)?,
            }
        }
    }

    /// Returns the listed groups that begin with `prefix`, each with the number of its live
    /// entries, which may be 0. They are read page by page, so that no call to a server is long.
    pub(crate) fn count_groups(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, u64)>> {
        let upper = prefix_end(prefix).map_or(b"+".to_vec(), |end| [b"(", &end[..]].concat());
        let lower = [b"[", prefix].concat();
        let buckets = self.buckets(GroupRange::Prefix(prefix))?.into_iter();
        let page = |bucket: Bucket, lower: Vec<u8>| (self.bucket_slot(bucket), (bucket, lower));
        let mut pages: Vec<_> = buckets.map(|bucket| page(bucket, lower.clone())).collect();
        let fill = |(bucket, lower): &(Bucket, Vec<u8>), command: &mut Cmd| {
            command.arg(1).arg(self.layout.groups_key(*bucket)).arg(self.layout.bucket(*bucket));
            command.arg(lower).arg(&upper).arg(PAGE);
        };
        let mut counts = Vec::new();
        while !pages.is_empty() {
            let mut next = Vec::new();
            let replies = self.run_for_each(&pages, &scripts::GROUPS, &fill)?;
            for ((_, (bucket, lower)), reply) in pages.into_iter().zip(replies) {
                let Value::Array(parts) = reply else { return Err(unexpected("a list of groups")) };
                let is_full = parts.len() == 2 * PAGE;
                for named in parts.chunks_exact(2) {
                    let [name, live] = named else { continue };
                    let (name, live) = (as_bytes(name)?.to_vec(), integer(live)?);
                    let live = match u64::try_from(live) {
                        Ok(live) => live,
                        // The slot moves, and the group may be on the other node.
                        Err(_) => self.count_group(Group::new(&name)?)?,
                    };
                    counts.push((name, live));
                }
                if let (true, Some((last, _))) = (is_full, counts.last()) {
                    next.push(page(bucket, next_bound(&lower, last, false)?));
                }
            }
            pages = next;
        }
        Ok(counts)
    }
}
