//! The entries of one group that are in memory: a window of a list of any length.
//!
//! The window is extended by a page when the selection comes near one of its ends, and is cut at
//! the other one. Each change of its ends begins a new generation; a page of an older one is left
//! out.

use std::collections::HashMap;

use crate::browse::filter::Filter;
use crate::browse::found::{Found, differences};
use crate::browse::requests::{Page, PageRequest, Row, Start};
use crate::browse::scroll::top_for;

/// Entries of a page.
const PAGE_LEN: usize = 200;
/// The largest number of entries in memory.
const WINDOW_LEN_MAX: usize = 600;
/// The number of entries between the selection and an end of the window at which it is extended.
const MARGIN: usize = 60;
/// The time for which an entry is marked that has changed.
const MARK_MS: i64 = 3000;

/// The list.
#[derive(Debug, Default)]
pub struct EntryList {
    group: Vec<u8>,
    filter: Filter,
    rows: Vec<Row>,
    selected: usize,
    /// The first line that is shown.
    top: usize,
    has_before: bool,
    has_after: bool,
    /// Whether a page was received since the list was opened.
    is_loaded: bool,
    generation: u64,
    /// The page that replaces all rows, if they are not those to show.
    jump: Option<Start>,
    /// Whether a page of this generation is on its way.
    is_pending: bool,
    /// Whether the rows may have changed in the store.
    is_stale: bool,
    /// Whether a page was not read, so that none is requested before the user does something.
    is_blocked: bool,
    /// The time until which each key is marked as changed.
    marks: HashMap<Vec<u8>, i64>,
}

impl EntryList {
    /// Shows another group or filter, from the first key on.
    pub fn open(&mut self, group: &[u8], filter: Filter) {
        let generation = self.generation + 1;
        let jump = Some(Start::First);
        let group = group.to_vec();
        *self = EntryList { group, filter, generation, jump, ..EntryList::default() };
    }

    pub fn group(&self) -> &[u8] {
        &self.group
    }

    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn selected_index(&self) -> usize {
        self.selected
    }

    /// Returns the entry under the bar.
    pub fn selected(&self) -> Option<&Row> {
        self.rows.get(self.selected)
    }

    pub fn is_loaded(&self) -> bool {
        self.is_loaded
    }

    /// Returns whether there are entries before and after those in memory.
    pub fn ends(&self) -> (bool, bool) {
        (self.has_before, self.has_after)
    }

    /// Returns the first of the `height` lines that are shown.
    pub fn scroll(&mut self, height: usize) -> usize {
        self.top = top_for(self.top, self.selected, height, self.rows.len());
        self.top
    }

    /// Moves the bar, down if `by` is positive.
    pub fn move_by(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
        self.is_blocked &= by == 0;
    }

    /// Moves the bar to the first entry of the group.
    pub fn move_to_first(&mut self) {
        match self.has_before {
            true => self.jump_to(Start::First),
            false => self.selected = 0,
        }
    }

    /// Moves the bar to the last entry of the group.
    pub fn move_to_last(&mut self) {
        match self.has_after {
            true => self.jump_to(Start::Last),
            false => self.selected = self.rows.len().saturating_sub(1),
        }
    }

    /// Says that the rows may have changed in the store.
    pub fn set_stale(&mut self) {
        self.is_stale = true;
    }

    /// Marks a key as changed, if it is in memory.
    pub fn mark(&mut self, key: &[u8], now_ms: i64) {
        if self.rows.binary_search_by(|row| row.key[..].cmp(key)).is_ok() {
            self.marks.insert(key.to_vec(), now_ms + MARK_MS);
        }
    }

    /// Returns whether a key is marked as changed.
    pub fn is_marked(&self, key: &[u8], now_ms: i64) -> bool {
        self.marks.get(key).is_some_and(|until| *until > now_ms)
    }

    /// Forgets old marks, and finds rows that have expired.
    pub fn tick(&mut self, now_ms: i64) {
        self.marks.retain(|_, until| *until > now_ms);
        self.is_stale |= self.rows.iter().any(|row| row.expires_at.is_some_and(|at| at <= now_ms));
    }

    /// Returns the time at which the next mark ends.
    pub fn next_mark_end(&self) -> Option<i64> {
        self.marks.values().min().copied()
    }

    /// Returns whether a page is on its way.
    pub fn is_pending(&self) -> bool {
        self.is_pending
    }

    /// Returns whether the next page would only refresh the rows.
    pub fn needs_refresh(&self) -> bool {
        self.is_stale && !self.is_pending && self.extension().is_none()
    }

    /// Returns the page that is needed next, and counts it as on its way. Rows are refreshed only
    /// if `may_refresh`.
    pub fn request(&mut self, may_refresh: bool) -> Option<PageRequest> {
        if self.is_pending {
            return None;
        }
        let (start, limit, is_refresh) = match self.extension() {
            Some(_) if self.is_blocked => return None,
            Some(start) => (start, PAGE_LEN, false),
            None if self.is_stale && may_refresh => {
                let first = self.rows.first().filter(|_| self.has_before);
                let start = first.map_or(Start::First, |row| Start::At(row.key.clone()));
                self.is_stale = false;
                (start, self.rows.len().max(PAGE_LEN), true)
            }
            None => return None,
        };
        self.is_pending = true;
        let (generation, group, filter) =
            (self.generation, self.group.clone(), self.filter.clone());
        Some(PageRequest { generation, group, filter, start, limit, is_refresh })
    }

    /// Takes a page; returns the changes that a refresh has found.
    pub fn apply(&mut self, page: Page, now_ms: i64) -> Vec<(Vec<u8>, Found)> {
        let Page { request, rows, has_more } = page;
        if request.generation != self.generation {
            return Vec::new();
        }
        self.generation += 1;
        self.is_pending = false;
        match request.start {
            Start::After(_) => {
                self.rows.extend(rows);
                self.has_after = has_more;
                let over = self.rows.len().saturating_sub(WINDOW_LEN_MAX);
                self.rows.drain(..over);
                self.has_before |= over > 0;
                self.selected = self.selected.saturating_sub(over);
                self.top = self.top.saturating_sub(over);
            }
            Start::Before(_) => {
                self.selected += rows.len();
                self.top += rows.len();
                self.rows.splice(..0, rows);
                self.has_before = has_more;
                self.has_after |= self.rows.len() > WINDOW_LEN_MAX;
                self.rows.truncate(WINDOW_LEN_MAX);
            }
            _ if request.is_refresh => return self.refresh(rows, has_more, now_ms),
            Start::Last => {
                (self.has_before, self.has_after) = (has_more, false);
                self.selected = rows.len().saturating_sub(1);
                self.replace(rows);
            }
            Start::First | Start::At(_) => {
                (self.has_before, self.has_after) = (false, has_more);
                self.selected = 0;
                self.replace(rows);
            }
        }
        Vec::new()
    }

    /// Says that a page was not read.
    pub fn fail(&mut self, generation: u64) {
        if generation == self.generation {
            self.generation += 1;
            self.is_pending = false;
            self.is_blocked = true;
            self.is_stale = true;
        }
    }

    /// Requests pages again after a failure.
    pub fn unblock(&mut self) {
        self.is_blocked = false;
    }

    /// Returns whether a page was not read.
    pub fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    fn jump_to(&mut self, start: Start) {
        self.generation += 1;
        self.is_pending = false;
        self.is_blocked = false;
        self.jump = Some(start);
    }

    fn replace(&mut self, rows: Vec<Row>) {
        self.rows = rows;
        self.is_loaded = true;
        self.jump = None;
        self.is_stale = false;
    }

    /// Returns the page that the rows lack.
    fn extension(&self) -> Option<Start> {
        if let Some(start) = &self.jump {
            return Some(start.clone());
        }
        let left = self.rows.len().saturating_sub(self.selected);
        match (self.rows.first(), self.rows.last()) {
            (_, Some(last)) if self.has_after && left <= MARGIN => {
                Some(Start::After(last.key.clone()))
            }
            (Some(first), _) if self.has_before && self.selected < MARGIN => {
                Some(Start::Before(first.key.clone()))
            }
            _ => None,
        }
    }

    /// Replaces the rows by those of the same place now; the bar stays on its key.
    fn refresh(&mut self, rows: Vec<Row>, has_more: bool, now_ms: i64) -> Vec<(Vec<u8>, Found)> {
        let found = differences(&self.rows, self.has_after, &rows, has_more, now_ms);
        let selected = self.selected().map(|row| row.key.clone()).unwrap_or_default();
        self.rows = rows;
        self.has_after = has_more;
        self.selected = self.rows.partition_point(|row| row.key < selected);
        self.move_by(0);
        for (key, _) in &found {
            self.mark(key, now_ms);
        }
        found
    }
}

#[cfg(test)]
mod tests;
