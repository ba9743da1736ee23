//! A thread that writes and reads, with a model of its keys: the values that a key may have,
//! several where a write has ended without a reply.

use std::collections::BTreeMap;
use std::time::Instant;

use kv::{ErrorKind, Pattern, Scan, SetExpiry, Store};

use super::outcome::Outcome;
use super::rows;
use crate::support::{Random, group, key};

/// The first value of each entry: a counter that is lost begins at 0 again.
const FIRST: &[u8] = b"7";
/// The entries of a large group.
const LARGE: usize = 300;

/// The groups that the threads of a test share.
pub struct Load<'s> {
    pub store: &'s Store,
    /// The names of the groups; that of the default group may be among them.
    pub groups: Vec<Vec<u8>>,
    /// The beginning of each key in the default group, such as a hash tag.
    pub tag: &'static str,
    /// The beginning of the names of the groups that are listed.
    pub listed: &'static [u8],
}

/// The values that a key may have.
type Possible = Vec<Option<Vec<u8>>>;

/// The end of a call.
enum Ended<T> {
    Done(T),
    NotDone,
    Unknown,
}

impl Load<'_> {
    /// Returns the beginning of the names of a thread's keys.
    fn own(&self, name: &[u8], thread: usize) -> String {
        format!("{}t{thread}.", if name.is_empty() { self.tag } else { "" })
    }

    /// Writes the first entries of all threads, and some that never change. Every 50th group is
    /// large, and the second of each ten has an entry with a ttl.
    pub fn fill(&self, threads: usize) {
        for (id, name) in self.groups.iter().enumerate() {
            let mut keys: Vec<String> = (0..threads)
                .flat_map(|thread| ["n", "a", "b"].map(|it| self.own(name, thread) + it))
                .collect();
            let anchors = if id % 50 == 0 && !name.is_empty() { LARGE } else { 1 };
            let tag = if name.is_empty() { self.tag } else { "" };
            keys.extend((0..anchors).map(|it| format!("{tag}anchor{it:03}")));
            let entries: Vec<_> =
                keys.iter().map(|it| (group(name), key(it.as_bytes()), FIRST)).collect();
            // Keys of the default group are in many slots.
            for entries in entries.chunks(if name.is_empty() { 1 } else { entries.len() }) {
                self.store.set_many(entries, SetExpiry::Never).expect("set many");
            }
            if id % 10 == 1 && !name.is_empty() {
                let at = key(keys.last().expect("an anchor").as_bytes());
                self.store.set_ttl(group(name), at, FIRST, 3_600_000).expect("set");
            }
        }
    }
}

/// A thread with its model.
pub struct Worker<'l> {
    load: &'l Load<'l>,
    thread: usize,
    /// The keys of the thread in each group.
    model: Vec<BTreeMap<Vec<u8>, Possible>>,
    random: Random,
    /// The number of the next value or key.
    next: u64,
    /// The outcome so far.
    pub outcome: Outcome,
}

impl<'l> Worker<'l> {
    /// Returns the worker of a thread, with the entries that were filled in for it.
    pub fn new(load: &'l Load<'l>, thread: usize) -> Self {
        let keys_in = |name: &Vec<u8>| {
            let own = load.own(name, thread);
            ["n", "a", "b"]
                .map(|it| ((own.clone() + it).into_bytes(), vec![Some(FIRST.to_vec())]))
                .into()
        };
        let model = load.groups.iter().map(keys_in).collect();
        let random = Random::of(thread as u64 + 1);
        Worker { load, thread, model, random, next: 1, outcome: Outcome::default() }
    }

    fn call<T>(
        &mut self,
        kind: &'static str,
        call: impl FnOnce(&Store) -> kv::Result<T>,
    ) -> Ended<T> {
        let begun = Instant::now();
        let result = call(self.load.store);
        let figure = self.outcome.figures.entry(kind).or_default();
        figure.calls += 1;
        figure.slowest = figure.slowest.max(begun.elapsed());
        let is_read = matches!(kind, "get" | "scan" | "groups");
        let error = match result {
            Ok(result) => {
                if !is_read {
                    self.outcome.written.push(Instant::now());
                }
                return Ended::Done(result);
            }
            Err(error) => error,
        };
        figure.failed += 1;
        let text = format!("{kind} after {:?}: {error}", begun.elapsed());
        let list = match (error.kind(), is_read) {
            (ErrorKind::Unavailable, true) => &mut self.outcome.unread,
            (ErrorKind::Unavailable, false) => &mut self.outcome.refused,
            _ => &mut self.outcome.errors,
        };
        list.push(text);
        let is_unknown = error.message().contains("whether it was written is not known");
        if is_unknown { Ended::Unknown } else { Ended::NotDone }
    }

    /// Notes that a key was read.
    fn found(&mut self, id: usize, name: &[u8], found: Option<Vec<u8>>) {
        let possible = self.model[id].entry(name.to_vec()).or_insert_with(|| vec![None]);
        if !possible.contains(&found) {
            let place = self.load.groups[id].escape_ascii();
            let name = name.escape_ascii();
            let fault = format!("{place}/{name} is {found:?}, not one of {possible:?}");
            self.outcome.wrong.push(fault);
        }
        *possible = vec![found];
    }

    /// Notes that a key was written, or may have been.
    fn wrote<T>(&mut self, id: usize, name: &[u8], value: Option<Vec<u8>>, ended: &Ended<T>) {
        let possible = self.model[id].entry(name.to_vec()).or_insert_with(|| vec![None]);
        match ended {
            Ended::Done(_) => *possible = vec![value],
            Ended::Unknown => possible.push(value),
            Ended::NotDone => {}
        }
    }

    /// Returns one of the keys whose values are no counters.
    fn any_key(&mut self, id: usize) -> Vec<u8> {
        let keys: Vec<_> = self.model[id].keys().filter(|it| !it.ends_with(b".n")).collect();
        self.random.pick(&keys).to_vec()
    }

    /// Makes one call.
    pub fn step(&mut self) {
        let load = self.load;
        let id = self.random.within(0..load.groups.len());
        let place = group(&load.groups[id]);
        self.next += 1;
        let number = self.next.to_string().into_bytes();
        match self.random.within(0..200) {
            0 => self.list(),
            1..30 if !place.is_default() => self.scan(id),
            1..60 => {
                let name = self.any_key(id);
                if let Ended::Done(entry) = self.call("get", |it| it.get(place, key(&name))) {
                    self.found(id, &name, entry.map(|it| it.value.to_vec()));
                }
            }
            60..120 => {
                let name = self.any_key(id);
                // Every second group has no expiry at all.
                let has_ttl = id % 2 == 1 && self.random.one_in(3);
                let ttl = if has_ttl { 600_000 } else { kv::TTL_NEVER };
                let ended =
                    self.call("set", |it| it.set_ttl(place, key(&name), &number, ttl).map(drop));
                self.wrote(id, &name, Some(number), &ended);
            }
            120..140 => {
                let name = load.own(place.as_bytes(), self.thread).into_bytes();
                let name = [&name[..], b"new", &number].concat();
                let ended = self.call("add", |it| it.set(place, key(&name), &number));
                self.wrote(id, &name, Some(number), &ended);
            }
            140..180 => self.increment(id),
            _ => {
                let name = self.any_key(id);
                let ended = self.call("delete", |it| it.delete(place, key(&name)));
                if let Ended::Done(existed) = ended {
                    let possible = &self.model[id][&name];
                    if !possible.iter().any(|it| it.is_some() == existed) {
                        let name = name.escape_ascii();
                        self.outcome.wrong.push(format!("delete of {name} returns {existed}"));
                    }
                }
                self.wrote(id, &name, None, &ended);
            }
        }
    }

    fn increment(&mut self, id: usize) {
        let place = group(&self.load.groups[id]);
        let name = (self.load.own(place.as_bytes(), self.thread) + "n").into_bytes();
        let number = |it: &Option<Vec<u8>>| -> i64 {
            let digits = it.as_deref().unwrap_or(b"0");
            std::str::from_utf8(digits).expect("digits").parse().expect("a number")
        };
        let next = |it| Some((number(it) + 1).to_string().into_bytes());
        let nexts: Possible = self.model[id][&name].iter().map(next).collect();
        let ended = self.call("increment", |it| it.increment(place, key(&name), 1, kv::TTL_NEVER));
        match ended {
            Ended::Done(sum) => {
                let sum = Some(sum.to_string().into_bytes());
                if !nexts.contains(&sum) {
                    let place = place.as_bytes().escape_ascii();
                    let fault = format!("increment in {place}: {sum:?}, not one of {nexts:?}");
                    self.outcome.wrong.push(fault);
                }
                self.model[id].insert(name, vec![sum]);
            }
            Ended::Unknown => self.model[id].get_mut(&name).expect("a counter").extend(nexts),
            Ended::NotDone => {}
        }
    }

    fn scan(&mut self, id: usize) {
        let place = group(&self.load.groups[id]);
        let own = self.load.own(place.as_bytes(), self.thread);
        let scan = Scan { pattern: Pattern::Prefix(own.as_bytes()), ..Scan::all(place) };
        let read = |it: &Store| rows(it.scan(scan));
        let Ended::Done(rows) = self.call("scan", read) else { return };
        let mut rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.1, row.2)).collect();
        let known: Vec<_> = self.model[id].keys().cloned().collect();
        for name in known {
            let found = rows.remove(&name);
            self.found(id, &name, found);
        }
        // Keys that the thread has never written.
        for (name, value) in rows {
            self.found(id, &name, Some(value));
        }
    }

    fn list(&mut self) {
        let listed = self.load.listed;
        let mut expected: Vec<_> =
            self.load.groups.iter().filter(|it| it.starts_with(listed)).cloned().collect();
        expected.sort();
        let read = |it: &Store| rows(it.groups(listed));
        let Ended::Done(rows) = self.call("groups", read) else { return };
        let found: Vec<_> = rows.into_iter().map(|it| it.0).collect();
        if found != expected {
            let lost = expected.iter().find(|it| !found.contains(it));
            let fault = format!("{} groups, not {}: {lost:?}", found.len(), expected.len());
            self.outcome.wrong.push(fault);
        }
    }

    /// Compares all keys with the model, when no slot moves any more.
    pub fn verify(&mut self) {
        let unread = self.outcome.unread.len();
        for id in 0..self.load.groups.len() {
            if !self.load.groups[id].is_empty() {
                self.scan(id);
                continue;
            }
            let names: Vec<_> = self.model[id].keys().cloned().collect();
            for name in names {
                let place = group(b"");
                if let Ended::Done(entry) = self.call("get", |it| it.get(place, key(&name))) {
                    self.found(id, &name, entry.map(|it| it.value.to_vec()));
                }
            }
        }
        let late = self.outcome.unread.split_off(unread);
        self.outcome.errors.extend(late);
    }
}
