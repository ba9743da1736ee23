//! Scans of the entries of a group.
//!
//! A snapshot scan is read by one script, and refused if it is too large for that. A live scan is
//! read page after page.

use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use redis::Cmd;

use crate::engine::Cursor;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{bytes, count_of};
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::{Context, flag, spell_values};
use crate::engine::redis::ops::found::{Found, is_size};
use crate::engine::redis::ops::steps::spell_bound;
use crate::engine::redis::options::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use crate::engine::redis::refusal::scan_refused;
use crate::engine::redis::row::version_text;
use crate::engine::redis::scripts;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Dialect, EntryInfo, Glob, Group, Key, KeyBound, Pattern, Scan, ScanEntry, Values,
};

/// The most entries, and about the most bytes, in one page of a live scan.
const PAGE: usize = 1_000;
const PAGE_BYTES: u64 = 1 << 20;

/// A scan of the entries of one group.
pub(crate) struct Entries {
    context: Arc<Context>,
    group: Vec<u8>,
    is_live: bool,
    values: Values,
    /// The pattern that keys have to match; `None` for all keys that are found.
    glob: Option<(Vec<u8>, Dialect)>,
    /// The number of entries that are left out before the next one.
    skip: u64,
    /// The number of entries that are left to the limit of the scan.
    left: Option<u64>,
    remaining: Remaining,
    read: VecDeque<Found>,
    /// The entry that the caller borrows.
    current: Option<Found>,
}

/// The part of the scan that was not read yet.
enum Remaining {
    None,
    /// Keys of a named group between two bounds, as scripts spell them.
    Named {
        lower: Vec<u8>,
        upper: Vec<u8>,
        reverse: bool,
    },
    /// String keys.
    Strings(VecDeque<Vec<u8>>),
}

impl Entries {
    /// Begins a scan. `barrier` is the origin of a barrier message that the script of a snapshot
    /// scan publishes at the moment of the snapshot.
    pub(crate) fn begin(
        context: &Arc<Context>,
        scan: &Scan<'_>,
        is_live: bool,
        barrier: Option<&str>,
    ) -> Result<Entries> {
        let mut entries = Entries {
            context: context.clone(),
            group: scan.group.as_bytes().to_vec(),
            is_live,
            values: scan.values,
            glob: match scan.pattern {
                Pattern::Prefix(_) => None,
                Pattern::Glob(glob) => Some((glob.pattern().to_vec(), glob.dialect())),
            },
            skip: scan.offset,
            left: (scan.limit != 0).then_some(scan.limit),
            remaining: Remaining::None,
            read: VecDeque::new(),
            current: None,
        };
        let (lower, upper) = scan.range();
        if entries.group.is_empty() {
            entries.begin_strings(scan, &(lower, upper), is_live, barrier)?;
        } else {
            let (lower, upper) = (spell_bound(&lower, b"-"), spell_bound(&upper, b"+"));
            entries.remaining = Remaining::Named { lower, upper, reverse: scan.reverse };
            if !is_live {
                entries.read_named(true, barrier)?;
                entries.remaining = Remaining::None;
            }
        }
        Ok(entries)
    }

    /// Begins a scan of string keys. The server has them in no order, so all keys are found before
    /// the first entry is returned.
    fn begin_strings(
        &mut self,
        scan: &Scan<'_>,
        bounds: &(KeyBound<'_>, KeyBound<'_>),
        is_live: bool,
        barrier: Option<&str>,
    ) -> Result<()> {
        let prefix = match scan.pattern {
            Pattern::Prefix(prefix) => prefix.to_vec(),
            Pattern::Glob(glob) => glob.literal_prefix(),
        };
        let is_selected = |key: &[u8]| is_within(key, bounds) && scan.matches(key);
        if !is_live {
            let parts = self.context.read_all_strings(&prefix, self.values, barrier)?;
            let mut found = self.found_in(parts, self.values)?;
            found.retain(|it| is_selected(&it.key) && !self.context.layout.is_reserved(&it.key));
            found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
            if scan.reverse {
                found.reverse();
            }
            self.read = found.into();
            self.leave_out();
            return Ok(());
        }
        let mut keys = Vec::new();
        self.context.scan_strings(&prefix, &mut |page| {
            keys.extend(page.into_iter().filter(|key| is_selected(key)));
            Ok(true)
        })?;
        keys.sort_unstable();
        keys.dedup();
        if scan.reverse {
            keys.reverse();
        }
        keys.drain(..self.left_out(keys.len()));
        self.remaining = Remaining::Strings(keys.into());
        Ok(())
    }

    /// Reads the next page of a named group, or all of it by one script.
    fn read_named(&mut self, in_one_step: bool, barrier: Option<&str>) -> Result<()> {
        let Remaining::Named { lower, upper, reverse } = &self.remaining else { return Ok(()) };
        let group = Group::new(&self.group)?;
        let (entries_max, bytes_max) = match in_one_step {
            true => (SCAN_KEYS_MAX, SCAN_BYTES_MAX),
            false => (PAGE as u64, PAGE_BYTES),
        };
        // The script does not apply globs, so a limit holds only without one.
        let limit = self.left.filter(|_| self.glob.is_none()).unwrap_or(0);
        let limit = if limit == 0 { 0 } else { limit.saturating_add(self.skip) };
        // A page of entries that are all left out is read without their values.
        let is_left_out = !in_one_step && self.skip >= PAGE as u64;
        let values = if is_left_out { Values::None } else { self.values };
        let fill = |command: &mut Cmd| {
            self.context.append_group(group, command);
            command.arg(lower).arg(upper).arg(flag(*reverse));
            command.arg(limit).arg(spell_values(values)).arg(entries_max).arg(bytes_max);
            command.arg(flag(in_one_step));
            self.context.append_barrier(barrier, command);
        };
        let slot = self.context.slot(group, b"")?;
        let reply = self.context.server.run(slot, &scripts::SCAN_GROUP, true, &fill)?;
        let Value::Array(parts) = reply else { return Err(unexpected("that of a scan")) };
        let mut parts = parts.into_iter();
        let (is_whole, last, found) = match (parts.next(), parts.next(), parts.next()) {
            (Some(Value::Int(whole)), Some(last), Some(Value::Array(found))) => {
                (whole == 1, bytes(last)?, found)
            }
            (_, Some(keys), Some(bytes)) => {
                return Err(scan_refused(count_of(&keys)?, count_of(&bytes)?));
            }
            _ => return Err(unexpected("that of a scan")),
        };
        let mut found = self.found_in(found, values)?;
        if let Some((pattern, dialect)) = &self.glob {
            found.retain(|it| Glob::new(pattern, *dialect).matches(&it.key));
        }
        self.read.extend(found);
        self.leave_out();
        match &mut self.remaining {
            Remaining::Named { lower, reverse: false, .. } if !is_whole => {
                *lower = next_bound(lower, &last, false)?;
            }
            Remaining::Named { upper, reverse: true, .. } if !is_whole => {
                *upper = next_bound(upper, &last, true)?;
            }
            remaining => *remaining = Remaining::None,
        }
        Ok(())
    }

    /// Removes the entries that the offset leaves out from those that were read.
    fn leave_out(&mut self) {
        let count = self.left_out(self.read.len());
        self.read.drain(..count);
    }

    /// Returns how many of the next `len` entries the offset leaves out, and counts them.
    fn left_out(&mut self, len: usize) -> usize {
        let count = len.min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        self.skip -= count as u64;
        count
    }

    fn read_strings(&mut self) -> Result<()> {
        let Remaining::Strings(keys) = &mut self.remaining else { return Ok(()) };
        let count = keys.len().min(PAGE).min(self.left.map_or(PAGE, |it| it as usize).max(1));
        let page: Vec<Vec<u8>> = keys.iter().take(count).cloned().collect();
        let found = self.context.read_strings(&page, self.values, PAGE_BYTES)?;
        let read = keys.drain(..(found.len() / 2).min(keys.len())).collect::<Vec<_>>();
        if keys.is_empty() {
            self.remaining = Remaining::None;
        }
        for (key, parts) in read.into_iter().zip(found.chunks_exact(2)) {
            let (value, expiry) = match parts {
                [Value::Array(size), expiry] if is_size(size) => {
                    let Some(info) = self.context.long_string_info(Key::new(&key)?)? else {
                        continue;
                    };
                    let text = format!("{}:{}", version_text(info.version), info.size);
                    (Value::Array(vec![Value::BulkString(text.into_bytes())]), expiry)
                }
                [value @ (Value::BulkString(_) | Value::Array(_)), expiry] => {
                    (value.clone(), expiry)
                }
                // Keys that were removed meanwhile are left out.
                _ => continue,
            };
            self.read.push_back(Found::parse(key, value, expiry, self.values)?);
        }
        Ok(())
    }

    /// Returns the entry that `next` has returned last.
    pub(crate) fn current(&self) -> Option<ScanEntry<'_>> {
        let found = self.current.as_ref()?;
        Some(ScanEntry {
            group: &self.group,
            key: &found.key,
            value: &found.value,
            value_size: found.value_size,
            version: found.version,
            expires_at: found.expires_at,
        })
    }

    fn found_in(&self, parts: Vec<Value>, values: Values) -> Result<Vec<Found>> {
        let mut found = Vec::with_capacity(parts.len() / 3);
        let mut parts = parts.into_iter();
        while let (Some(key), Some(value), Some(expiry)) =
            (parts.next(), parts.next(), parts.next())
        {
            found.push(Found::parse(bytes(key)?, value, &expiry, values)?);
        }
        Ok(found)
    }

    /// Takes the next entry of those that were read, with its bytes; `None` if it is gone.
    fn take(&mut self) -> Result<Option<Found>> {
        let Some(mut found) = self.read.pop_front() else { return Ok(None) };
        if !found.is_left_out || !self.values.has_bytes(found.value_size)? {
            return Ok(Some(found));
        }
        let (group, key) = (Group::new(&self.group)?, Key::new(&found.key)?);
        let (size, version, expires_at) = (found.value_size, found.version, found.expires_at);
        match self.context.whole(group, key, EntryInfo { size, version, expires_at }) {
            Ok(value) => found.value = value,
            // The value was replaced long ago: a live scan returns the one that is there now.
            Err(error) if self.is_live && error.kind() == ErrorKind::Compacted => {
                let is_there = self.context.get(group, key, &mut |it| {
                    (found.value, found.value_size) = (it.value.to_vec(), it.value.len() as u64);
                    (found.version, found.expires_at) = (it.version, it.expires_at);
                })?;
                return Ok(is_there.then_some(found));
            }
            Err(error) => return Err(error),
        }
        Ok(Some(found))
    }
}

impl Cursor for Entries {
    fn is_snapshot(&self) -> bool {
        !self.is_live
    }

    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        self.current = None;
        if self.left == Some(0) {
            return Ok(None);
        }
        while self.current.is_none() {
            if !self.read.is_empty() {
                let taken = self.take();
                if taken.is_err() {
                    (self.remaining, self.left) = (Remaining::None, Some(0));
                }
                self.current = taken?;
                continue;
            }
            let read = match &self.remaining {
                Remaining::None => return Ok(None),
                Remaining::Named { .. } => self.read_named(false, None),
                Remaining::Strings(keys) if keys.is_empty() => return Ok(None),
                Remaining::Strings(_) => self.read_strings(),
            };
            if read.is_err() {
                self.remaining = Remaining::None;
            }
            read?;
        }
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        Ok(self.current())
    }
}

/// Returns the bound of the page after the key `last`, in the spelling of ZRANGEBYLEX. Fails with
/// [`ErrorKind::Corrupt`] if `last` is not beyond `bound`, with which its page began.
pub(crate) fn next_bound(bound: &[u8], last: &[u8], reverse: bool) -> Result<Vec<u8>> {
    let is_beyond = match bound {
        [b'(', key @ ..] => {
            if reverse {
                last < key
            } else {
                last > key
            }
        }
        [b'[', key @ ..] => {
            if reverse {
                last <= key
            } else {
                last >= key
            }
        }
        _ => true,
    };
    if !is_beyond {
        let message = "the keys in the index of a group are not in order; kv_check names the group";
        return Err(Error::new(ErrorKind::Corrupt, message));
    }
    Ok([b"(", last].concat())
}

fn is_within(key: &[u8], (lower, upper): &(KeyBound<'_>, KeyBound<'_>)) -> bool {
    let is_after = match lower {
        Bound::Included(lower) => key >= &lower[..],
        Bound::Excluded(lower) => key > &lower[..],
        Bound::Unbounded => true,
    };
    is_after
        && match upper {
            Bound::Included(upper) => key <= &upper[..],
            Bound::Excluded(upper) => key < &upper[..],
            Bound::Unbounded => true,
        }
}
