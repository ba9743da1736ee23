//! The state of the view: the panes, the questions above them, and what is needed of the store.

use std::time::Duration;

use crate::browse::change_list::{ChangeList, Line};
use crate::browse::entry_list::EntryList;
use crate::browse::filter::Filter;
use crate::browse::found::Found;
use crate::browse::group_list::GroupList;
use crate::browse::mailbox::Request;
use crate::browse::requests::{Failed, Liveness, Name, Page, Reply, Write};
use crate::browse::value_view::ValueView;
use crate::escape::escaped;

/// The time for which a message stays.
const MESSAGE_MS: i64 = 6000;
/// The shortest time between two refreshes of the entries, and the longest if a page takes long.
const REFRESH_MS: i64 = 200;
const REFRESH_MS_MAX: i64 = 10_000;
/// The time of a page is at most this part of the time between two refreshes.
const REFRESH_PART: i64 = 10;
/// The shortest time between two listings of the groups.
const LISTING_MS: i64 = 1000;
/// The time after which a request is shown as being on its way.
const SLOW_MS: i64 = 300;
const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

/// The pane that receives the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Groups,
    Entries,
    Value,
}

/// The text that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// A filter of the keys.
    Keys,
    /// The beginning of the names of groups.
    Groups,
    /// A time until the entry expires.
    Ttl(Name),
}

/// The window above the panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Popup {
    Help,
    /// A question, the text that was typed, and why the last one was refused.
    Prompt(Question, String, Option<String>),
    /// The question whether an entry at a version is to be deleted.
    Confirm(Name, u64),
}

/// A line about something that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub text: String,
    pub is_error: bool,
    until_ms: i64,
}

/// The state.
pub struct Model {
    /// The name of the store, without a password.
    pub store_name: String,
    pub focus: Pane,
    /// Whether the value has the whole screen.
    pub is_full: bool,
    pub popup: Option<Popup>,
    pub groups: GroupList,
    pub entries: EntryList,
    pub value: ValueView,
    pub changes: ChangeList,
    pub liveness: Option<Liveness>,
    /// The time between two looks for changes, if the change log is off.
    pub interval: Duration,
    pub message: Option<Message>,
    /// The time that is drawn, in milliseconds since 1970.
    pub now_ms: i64,
    /// The numbers of entries and groups that are shown.
    pub heights: Heights,
    /// Whether a group was opened.
    is_open: bool,
    /// The time at which the oldest request on its way was posted.
    waiting_since: Option<i64>,
    page_begun_ms: i64,
    refresh_from_ms: i64,
    listing_from_ms: i64,
    /// Whether the change log may have been switched on.
    may_watch: bool,
}

/// The numbers of lines that the panes have.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heights {
    pub groups: usize,
    pub first_group: usize,
    pub entries: usize,
    pub first_entry: usize,
}

impl Model {
    /// Returns the view of a store, which opens `group`; without one, the first that is listed.
    pub fn new(
        store_name: String,
        group: Option<&[u8]>,
        filter: Filter,
        interval: Duration,
    ) -> Model {
        let mut entries = EntryList::default();
        entries.open(group.unwrap_or_default(), filter);
        Model {
            store_name,
            focus: Pane::Entries,
            is_full: false,
            popup: None,
            groups: GroupList::of_prefix(b""),
            entries,
            value: ValueView::default(),
            changes: ChangeList::default(),
            liveness: None,
            interval,
            message: None,
            now_ms: 0,
            heights: Heights { groups: 1, first_group: 0, entries: 1, first_entry: 0 },
            is_open: group.is_some(),
            waiting_since: None,
            page_begun_ms: 0,
            refresh_from_ms: 0,
            listing_from_ms: 0,
            may_watch: false,
        }
    }

    /// Moves the time on.
    pub fn tick(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        self.entries.tick(now_ms);
        self.message.take_if(|message| message.until_ms <= now_ms);
    }

    /// Opens another group, with a filter.
    pub fn open(&mut self, group: &[u8], filter: Filter) {
        self.is_open = true;
        self.entries.open(group, filter);
    }

    /// Returns the requests that are needed now, and counts them as on their way.
    pub fn requests(&mut self) -> Vec<Request> {
        let mut requests = Vec::new();
        let may_refresh = self.now_ms >= self.refresh_from_ms;
        if self.is_open
            && let Some(page) = self.entries.request(may_refresh)
        {
            self.page_begun_ms = self.now_ms;
            requests.push(Request::Page(page));
        }
        if self.now_ms >= self.listing_from_ms && self.groups.request() {
            self.listing_from_ms = self.now_ms + LISTING_MS;
            requests.push(Request::Groups(self.groups.prefix().to_vec()));
        }
        let entry = self.entries.selected().map(|row| (self.entries.group(), row));
        requests.extend(self.value.request(entry).map(Request::Value));
        let Heights { groups, first_group, .. } = self.heights;
        requests.extend(self.groups.request_count(first_group, groups).map(Request::Count));
        if std::mem::take(&mut self.may_watch) {
            requests.push(Request::Watch);
        }
        let is_waiting = self.entries.is_pending() || self.value.is_pending();
        self.waiting_since = is_waiting.then(|| self.waiting_since.unwrap_or(self.now_ms));
        requests
    }

    /// Returns whether the store takes long to reply.
    pub fn is_slow(&self) -> bool {
        self.waiting_since.is_some_and(|since| self.now_ms - since >= SLOW_MS)
    }

    /// Returns the time after which the view looks different without a key or a reply; `None` if
    /// nothing counts down.
    pub fn timeout(&self) -> Option<Duration> {
        let now = self.now_ms;
        let mut times = vec![
            self.message.as_ref().map(|message| message.until_ms),
            self.entries.next_mark_end(),
            self.waiting_since.map(|since| since + SLOW_MS).filter(|at| *at > now),
            self.entries.needs_refresh().then_some(self.refresh_from_ms),
            self.groups.needs_listing().then_some(self.listing_from_ms),
        ];
        let shown = self.entries.rows().iter().skip(self.heights.first_entry);
        for row in shown.take(self.heights.entries) {
            let counts_down = row.expires_at.is_some_and(|at| at > now);
            let is_young = age_ms(row.version, now).is_some_and(|age| age < MINUTE_MS);
            let step = if counts_down || is_young { SECOND_MS } else { MINUTE_MS };
            times.push(Some(now - now.rem_euclid(step) + step));
        }
        let next = times.into_iter().flatten().min()?;
        Some(Duration::from_millis((next - now).max(1) as u64))
    }

    /// Shows a message for some seconds.
    pub fn say(&mut self, text: impl Into<String>, is_error: bool) {
        let until_ms = self.now_ms + MESSAGE_MS;
        self.message = Some(Message { text: text.into(), is_error, until_ms });
    }

    /// Reads everything again that is shown.
    pub fn reload(&mut self) {
        self.entries.unblock();
        self.value.reload();
        self.touch();
        self.may_watch = self.liveness == Some(Liveness::Refreshed);
        (self.refresh_from_ms, self.listing_from_ms) = (self.now_ms, self.now_ms);
    }

    /// Takes a reply.
    pub fn apply(&mut self, reply: Reply) {
        match reply {
            Reply::Page(page) => self.apply_page(page),
            Reply::Value(name, content) => self.value.apply(&name, content),
            Reply::Groups(groups) => {
                let open = self.is_open.then(|| self.entries.group());
                let is_first = !self.groups.is_loaded();
                self.groups.apply(groups, open);
                if !self.is_open {
                    let first = self.groups.selected().unwrap_or_default().to_vec();
                    self.open(&first, self.entries.filter().clone());
                } else if is_first {
                    self.groups.select(self.entries.group());
                }
            }
            Reply::Count(group, count) => self.groups.apply_count(group, count),
            Reply::Written { name, write, is_done, is_reported } => {
                self.apply_written(&name, &write, is_done, is_reported);
            }
            Reply::Failed(failed, message) => self.apply_failure(failed, message),
            Reply::Liveness(liveness) => {
                self.liveness = Some(liveness);
                // Changes before the watch began are not reported.
                self.entries.set_stale();
            }
            Reply::Changes(changes, lost) => {
                for change in changes {
                    self.apply_change(Line::of_change(&change));
                }
                self.changes.lose(lost);
                if lost > 0 {
                    self.touch();
                }
            }
            Reply::Touched => {
                self.may_watch = self.liveness == Some(Liveness::Refreshed);
                self.touch();
            }
            // The view ends before it takes this.
            Reply::Ended => {}
        }
    }

    /// Says that any entry may have changed.
    fn touch(&mut self) {
        self.entries.set_stale();
        self.groups.set_stale();
        for group in self.groups.names().to_vec() {
            self.groups.set_uncounted(&group);
        }
    }

    fn apply_page(&mut self, page: Page) {
        let took = (self.now_ms - self.page_begun_ms).max(0);
        let pause = (took * REFRESH_PART).clamp(REFRESH_MS, REFRESH_MS_MAX);
        self.refresh_from_ms = self.now_ms + pause;
        let is_live = self.liveness == Some(Liveness::Live);
        for (key, found) in self.entries.apply(page, self.now_ms) {
            let line = Line::of_found(self.entries.group(), key, found, self.now_ms);
            self.groups.set_uncounted(&line.group);
            // A watch reports the others, an expired entry once it is purged.
            if !is_live || found.is_silent() {
                self.changes.push(line);
            }
        }
    }

    fn apply_change(&mut self, line: Line) {
        if line.group == self.entries.group() {
            self.entries.set_stale();
            match &line.key {
                Some(key) => self.entries.mark(key, self.now_ms),
                None => self.value.reload(),
            }
        }
        if line.verb != "set" || self.groups.count(&line.group).is_empty() {
            self.groups.set_stale();
        }
        self.groups.set_uncounted(&line.group);
        self.changes.push(line);
    }

    fn apply_written(&mut self, name: &Name, write: &Write, is_done: bool, is_reported: bool) {
        let key = escaped(&name.key);
        let text = match (is_done, write) {
            (true, Write::Delete) => format!("deleted {key}"),
            (true, Write::Expire(0)) => format!("{key} never expires"),
            (true, Write::Expire(_)) => format!("the expiry of {key} is set"),
            (false, Write::Delete) => format!("{key} has changed and is not deleted"),
            (false, Write::Expire(_)) => format!("{key} is gone"),
        };
        self.say(text, !is_done);
        // A refresh finds every other write, and without a watch this one too.
        let is_live = self.liveness == Some(Liveness::Live);
        if *write == Write::Delete && is_done && is_live && !is_reported {
            let (group, key) = (name.group.clone(), name.key.clone());
            self.changes.push(Line::of_found(&group, key, Found::Deleted, self.now_ms));
        }
        self.touch();
        self.refresh_from_ms = self.now_ms;
    }

    fn apply_failure(&mut self, failed: Failed, message: String) {
        match failed {
            Failed::Page(generation) => {
                self.entries.fail(generation);
                self.refresh_from_ms = self.now_ms + REFRESH_MS_MAX;
            }
            Failed::Value(name) => self.value.fail(&name),
            Failed::Groups => self.groups.fail(),
            Failed::Count(group) => return self.groups.fail_count(group),
            Failed::Write => {}
            Failed::Watch => self.liveness = Some(Liveness::Refreshed),
        }
        self.say(message, true);
    }
}

/// Returns the time since a version was written, of a store whose versions are times in
/// microseconds since 1970.
pub fn age_ms(version: u64, now_ms: i64) -> Option<i64> {
    /// 2000-01-01.
    const FIRST_MS: i64 = 946_684_800_000;
    let at_ms = i64::try_from(version / 1000).ok()?;
    // Clocks of two machines differ a little.
    (FIRST_MS..=now_ms + MINUTE_MS).contains(&at_ms).then(|| (now_ms - at_ms).max(0))
}

#[cfg(test)]
mod tests;
