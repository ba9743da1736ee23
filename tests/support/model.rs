//! A store as simple as one can be: a map, looked through from end to end.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, RangeBounds};

use kv::{
    Commit, Entry, ErrorKind, ExpireOutcome, Expiry, Key, Op, Reply, Scan, SetExpiry, Ttl, Version,
};

type Place = (Vec<u8>, Vec<u8>);

/// The model of a store.
#[derive(Clone, Default)]
pub struct Model {
    rows: BTreeMap<Place, Entry>,
    /// The newest version seen; every write must exceed it.
    newest: Version,
    /// A wrong rule, planted to see that it is noticed.
    pub forgets_that_set_clears_expiry: bool,
}

/// The result that a batch must have, when it is not an error.
type Outcome = Result<(Commit, Vec<Reply>), ErrorKind>;

impl Model {
    fn live(&self, place: &Place, now_ms: i64) -> Option<&Entry> {
        self.rows.get(place).filter(|entry| is_live(entry, now_ms))
    }

    /// Returns the live entry under a key.
    pub fn get(&self, group: &[u8], key: &[u8], now_ms: i64) -> Option<Entry> {
        self.live(&(group.to_vec(), key.to_vec()), now_ms).cloned()
    }

    pub fn ttl(&self, group: &[u8], key: &[u8], now_ms: i64) -> Option<Ttl> {
        let entry = self.get(group, key, now_ms)?;
        Some(entry.expires_at.map_or(Ttl::Never, |at| Ttl::Millis(at.as_millis() - now_ms)))
    }

    /// Returns how many live entries are in groups that `selects` names.
    pub fn count(&self, selects: impl Fn(&[u8]) -> bool, now_ms: i64) -> u64 {
        let live = |(place, entry): &(&Place, &Entry)| selects(&place.0) && is_live(entry, now_ms);
        self.rows.iter().filter(live).count() as u64
    }

    pub fn groups(&self, prefix: &[u8], now_ms: i64) -> Vec<Vec<u8>> {
        let live = self.rows.iter().filter(|(_, entry)| is_live(entry, now_ms));
        let names: BTreeSet<_> = live.map(|(place, _)| place.0.clone()).collect();
        names.into_iter().filter(|name| name.starts_with(prefix)).collect()
    }

    pub fn scan(&self, scan: &Scan<'_>, prefix: &[u8], now_ms: i64) -> Vec<(Vec<u8>, Entry)> {
        let range: (Bound<&[u8]>, Bound<&[u8]>) =
            (scan.lower.map(Key::as_bytes), scan.upper.map(Key::as_bytes));
        let wanted =
            |key: &[u8]| key.starts_with(prefix) && RangeBounds::<&[u8]>::contains(&range, &key);
        let group = scan.group.as_bytes();
        let rows = self.rows.iter().filter(|(place, entry)| {
            place.0 == group && wanted(&place.1) && is_live(entry, now_ms)
        });
        let mut found: Vec<_> =
            rows.map(|(place, entry)| (place.1.clone(), entry.clone())).collect();
        if scan.reverse {
            found.reverse();
        }
        found.drain(..found.len().min(usize::try_from(scan.offset).unwrap_or(usize::MAX)));
        if scan.limit != 0 {
            found.truncate(usize::try_from(scan.limit).unwrap_or(usize::MAX));
        }
        found
    }

    /// Removes the expired entries and returns how many.
    pub fn purge(&mut self, now_ms: i64) -> u64 {
        let before = self.rows.len();
        self.rows.retain(|_, entry| is_live(entry, now_ms));
        (before - self.rows.len()) as u64
    }

    /// Returns what `ops` must come to. Versions are the store's choice: they are taken from
    /// `actual`, the replies it gave, and must rise.
    pub fn commit(&mut self, ops: &[Op<'_>], now_ms: i64, actual: &[Reply]) -> Outcome {
        for (index, op) in ops.iter().enumerate() {
            let Some(place) = place_of(op) else { continue };
            let version = self.live(&place, now_ms).map_or(0, |entry| entry.version);
            if !op.condition().holds(version) {
                return Ok((Commit::Refused { index, version }, vec![Reply::None; ops.len()]));
            }
        }
        let mut after = self.clone();
        let mut replies = Vec::new();
        for (index, op) in ops.iter().enumerate() {
            let offered = actual.get(index).unwrap_or(&Reply::None);
            replies.push(after.apply(op, now_ms, offered)?);
        }
        *self = after;
        Ok((Commit::Applied, replies))
    }

    fn apply(&mut self, op: &Op<'_>, now_ms: i64, actual: &Reply) -> Result<Reply, ErrorKind> {
        let place = place_of(op).unwrap_or_default();
        let live = self.live(&place, now_ms).cloned();
        let old_expiry = live.as_ref().and_then(|entry| entry.expires_at);
        Ok(match *op {
            Op::Check { .. } => Reply::None,
            Op::CheckRange { .. } => panic!("transactions alone check ranges"),
            Op::SetStream { .. } => panic!("no random step is a stream"),
            Op::Get { .. } => Reply::Entry(live),
            Op::Set { value, expiry, .. } => {
                let mut expires_at = resolve(expiry, old_expiry, now_ms);
                if self.forgets_that_set_clears_expiry && expiry == SetExpiry::Never {
                    expires_at = old_expiry;
                }
                let version = self.write(place, value, expires_at, actual);
                Reply::Written { version }
            }
            Op::Delete { .. } => {
                live.as_ref().map(|_| self.rows.remove(&place));
                Reply::Deleted(live.is_some())
            }
            Op::Take { .. } => {
                live.as_ref().map(|_| self.rows.remove(&place));
                Reply::Entry(live)
            }
            Op::Increment { delta, created, .. } => {
                let (start, expires_at) = match &live {
                    None => (0, resolve(created, None, now_ms)),
                    Some(entry) => (integer(&entry.value)?, entry.expires_at),
                };
                let value = start.checked_add(delta).ok_or(ErrorKind::NotInteger)?;
                let version = self.write(place, value.to_string().as_bytes(), expires_at, actual);
                Reply::Integer { value, version }
            }
            Op::Append { value: tail, created, .. } => {
                let (mut value, expires_at) = match &live {
                    None => (Vec::new(), resolve(created, None, now_ms)),
                    Some(entry) => (entry.value.to_vec(), entry.expires_at),
                };
                value.extend_from_slice(tail);
                let version = self.write(place, &value, expires_at, actual);
                Reply::Length { len: value.len(), version }
            }
            Op::Expire { expiry, rule, .. } => Reply::Expire(match live {
                None => ExpireOutcome::NotFound,
                Some(entry) => {
                    let new = resolve(expiry, old_expiry, now_ms);
                    if allows(rule.flags(), entry.expires_at, new) {
                        self.rows.insert(place, Entry { expires_at: new, ..entry });
                        ExpireOutcome::Set
                    } else {
                        ExpireOutcome::Refused
                    }
                }
            }),
            Op::DeletePrefix { group, prefix } => {
                let goes =
                    |place: &Place| place.0 == group.as_bytes() && place.1.starts_with(prefix);
                let gone = self.rows.iter().filter(|(place, _)| goes(place));
                let live = gone.filter(|(_, entry)| is_live(entry, now_ms)).count();
                self.rows.retain(|place, _| !goes(place));
                Reply::Removed(live as u64)
            }
            Op::DeleteAll { groups } => {
                let goes = |place: &Place| place.0.starts_with(groups.as_bytes());
                let gone = self.rows.iter().filter(|(place, _)| goes(place));
                let live = gone.filter(|(_, entry)| is_live(entry, now_ms)).count();
                self.rows.retain(|place, _| !goes(place));
                Reply::Removed(live as u64)
            }
        })
    }

    fn write(
        &mut self,
        place: Place,
        value: &[u8],
        expires_at: Option<Expiry>,
        actual: &Reply,
    ) -> Version {
        let version = match *actual {
            Reply::Written { version }
            | Reply::Integer { version, .. }
            | Reply::Length { version, .. } => version,
            _ => 0,
        };
        // A version that does not rise makes one that the store cannot have meant.
        let version = if version > self.newest { version } else { self.newest + 1 };
        self.newest = version;
        self.rows.insert(place, Entry { value: value.into(), version, expires_at });
        version
    }
}

fn place_of(op: &Op<'_>) -> Option<Place> {
    let key = op.key()?.as_bytes().to_vec();
    Some((op.group().as_bytes().to_vec(), key))
}

fn is_live(entry: &Entry, now_ms: i64) -> bool {
    entry.expires_at.is_none_or(|at| at.as_millis() > now_ms)
}

fn resolve(expiry: SetExpiry, old: Option<Expiry>, now_ms: i64) -> Option<Expiry> {
    match expiry {
        SetExpiry::Default | SetExpiry::Never | SetExpiry::After(0) => None,
        SetExpiry::After(ttl_ms) => Some(Expiry::at_millis(now_ms + ttl_ms)),
        SetExpiry::At(at) => Some(at),
        SetExpiry::Keep => old,
    }
}

/// Redis' NX, XX, GT and LT, where no expiry is the latest of all.
fn allows(flags: u32, old: Option<Expiry>, new: Option<Expiry>) -> bool {
    let moment = |expiry: Option<Expiry>| expiry.map_or(i64::MAX, Expiry::as_millis);
    let rules = [
        (kv::ExpiryRule::NX, old.is_none()),
        (kv::ExpiryRule::XX, old.is_some()),
        (kv::ExpiryRule::GT, moment(new) > moment(old)),
        (kv::ExpiryRule::LT, moment(new) < moment(old)),
    ];
    rules.iter().all(|&(flag, holds)| flags & flag == 0 || holds)
}

fn integer(value: &[u8]) -> Result<i64, ErrorKind> {
    let text = std::str::from_utf8(value).map_err(|_| ErrorKind::NotInteger)?;
    let number: i64 = text.parse().map_err(|_| ErrorKind::NotInteger)?;
    if number.to_string() == text { Ok(number) } else { Err(ErrorKind::NotInteger) }
}
