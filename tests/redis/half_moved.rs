//! A slot of which some keys have moved and some have not, as it is at any moment of a migration.
//! Each call is right, or fails with [`ErrorKind::Unavailable`] and has written nothing.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use kv::{ErrorKind, GroupRange, Quota, Scan, SetExpiry, Store};

use crate::redis::open;
use crate::redis::resharding::alone;
use crate::support::listing::namespace;
use crate::support::redis::names::{is_shared, slot_of_group, slot_of_unit};
use crate::support::redis::{Cluster, SlotMove, fill_group, rows};
use crate::support::{group, key, until};

/// The order in which the keys of a slot move.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// No key has moved yet.
    Nothing,
    /// The keys that groups share move first, and those of the groups later.
    SharedFirst,
    /// The keys that groups share move last.
    SharedLast,
    /// Every second key moves first.
    Mixed,
    /// All keys have moved, and the owner of the slot is still the old one.
    Everything,
}

const ORDERS: [Order; 5] =
    [Order::Nothing, Order::SharedFirst, Order::SharedLast, Order::Mixed, Order::Everything];

/// A namespace with groups of all kinds, and the entries that are live in it.
struct Tenant<'s> {
    store: &'s Store,
    name: String,
    live: BTreeMap<Vec<u8>, u64>,
    faults: Vec<String>,
    order: Order,
}

/// The expired entries of a tenant.
const EXPIRED: u64 = 6;

impl<'s> Tenant<'s> {
    /// Fills 24 groups: small ones, large ones, some with expiries and some with expired entries.
    fn fill(store: &'s Store, order: Order) -> Tenant<'s> {
        let name = format!("{order:?}").to_lowercase();
        let mut live = BTreeMap::new();
        let later = SetExpiry::from_ttl(3_600_000).expect("a ttl");
        for id in 0..24_usize {
            let group_name = format!("{name}:g{id:02}").into_bytes();
            let count = if id % 8 == 0 { 300 } else { 3 };
            let expiry = if id % 3 == 0 { later } else { SetExpiry::Never };
            fill_group(store, &group_name, count, b"v", expiry);
            if id % 4 == 0 {
                store.set_ttl(group(&group_name), key(b"expired"), b"v", 1).expect("set");
            }
            live.insert(group_name, count as u64);
        }
        Tenant { store, name, live, faults: Vec::new(), order }
    }

    /// Notes the first fault of a kind of call.
    fn fault(&mut self, call: &str, fault: &str) {
        let begin = format!("{:?}, {call}", self.order);
        let is_known = |it: &String| it.split(": ").next() == Some(&begin);
        if !self.faults.iter().any(is_known) {
            self.faults.push(format!("{begin}: {fault}"));
        }
    }

    /// Notes a result that is neither right nor a failure that permits to try again; returns
    /// whether the call succeeded.
    fn note<T: Debug + PartialEq>(
        &mut self,
        call: &str,
        result: kv::Result<T>,
        right: Option<&T>,
    ) -> bool {
        match &result {
            Ok(found) if right.is_none_or(|it| it == found) => {}
            Ok(found) => self.fault(call, &format!("{found:?} instead of {right:?}")),
            Err(error) if error.kind() == ErrorKind::Unavailable => {}
            Err(error) => self.fault(call, &format!("{:?}: {error}", error.kind())),
        }
        result.is_ok()
    }

    fn beginning(&self) -> Vec<u8> {
        format!("{}:", self.name).into_bytes()
    }

    /// Reads everything.
    fn read(&mut self) {
        let (store, beginning) = (self.store, self.beginning());
        let names: Vec<_> = self.live.keys().cloned().collect();
        let found = rows(store.groups(&beginning));
        let found = found.map(|it| it.into_iter().map(|row| row.0).collect::<Vec<_>>());
        self.note("groups", found, Some(&names));
        let sum = self.live.values().sum::<u64>();
        self.note("count all", store.count(GroupRange::Prefix(&beginning)), Some(&sum));
        for (name, count) in self.live.clone() {
            let place = group(&name);
            self.note("count", store.count(GroupRange::One(place)), Some(&count));
            let scanned = rows(store.scan(Scan::all(place))).map(|it| it.len() as u64);
            self.note("scan", scanned, Some(&count));
            let exists = store.exists(place, key(b"entry000000000002"));
            self.note("exists", exists, Some(&true));
        }
        self.note("usage", store.usage().map(drop), None);
        self.note("check", store.check(), None);
        self.note("quota", store.quota(&namespace(&self.name)).map(|it| it.quota.max_keys), None);
    }

    /// Writes into groups that exist, which never fails, and into new ones.
    fn write(&mut self) {
        for (name, count) in self.live.clone() {
            let place = group(&name);
            for (call, name) in [("set", &b"entry000000000002"[..]), ("add", b"added")] {
                if let Err(error) = self.store.set(place, key(name), b"w") {
                    self.fault(call, &format!("{:?}: {error}", error.kind()));
                } else if call == "add" {
                    _ = self.live.insert(place.as_bytes().to_vec(), count + 1);
                }
            }
        }
        for id in 0..4 {
            let name = format!("{}:new{id}", self.name).into_bytes();
            let created = self.store.set(group(&name), key(b"entry000000000002"), b"v");
            if self.note("create", created.map(drop), None) {
                self.live.insert(name, 1);
            }
        }
    }

    /// Removes groups, expired entries and the quota of the namespace.
    fn remove(&mut self) {
        let store = self.store;
        for id in [0, 1, 5, 8] {
            let name = format!("{}:g{id:02}", self.name).into_bytes();
            let live = self.live[&name];
            if self.note("delete group", store.delete_group(group(&name)), Some(&live)) {
                self.live.remove(&name);
            }
        }
        let name = format!("{}:g16", self.name).into_bytes();
        let removed = store.delete_prefix(group(&name), b"entry00000000029");
        if self.note("delete prefix", removed, Some(&10)) {
            let left = self.live[&name] - 10;
            self.live.insert(name, left);
        }
        let purged = store.purge_expired();
        let is_right = purged.as_ref().is_err() || purged.as_ref().is_ok_and(|it| *it <= EXPIRED);
        self.note("purge", purged, None);
        if !is_right {
            self.fault("purge", "too many");
        }
        let quota = Quota { max_keys: 10_000, max_groups: 0, max_bytes: 0 };
        self.note("set quota", store.set_quota(&namespace(&self.name), quota), None);
    }
}

/// Moves the first keys of a slot.
fn begin(cluster: &Cluster, slot: u16, order: Order) -> SlotMove<'_> {
    let mut it = cluster.begin_move(slot);
    let keys = it.keys();
    let first: Vec<_> = match order {
        Order::Nothing => Vec::new(),
        Order::SharedFirst => keys.into_iter().filter(|it| is_shared(it)).collect(),
        Order::SharedLast => keys.into_iter().filter(|it| !is_shared(it)).collect(),
        Order::Mixed => keys.into_iter().step_by(2).collect(),
        Order::Everything => keys,
    };
    for keys in first.chunks(10) {
        it.move_keys(keys);
    }
    it
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn each_call_in_a_half_moved_slot_is_right_or_unavailable_and_the_store_is_sound_afterwards() {
    let cluster = alone();
    let options = "prefix=half&call_timeout=200ms&purge_interval=0";
    let store = open(&cluster.location(options));
    let mut faults = Vec::new();
    for order in ORDERS {
        let mut tenant = Tenant::fill(&store, order);
        until("the entries have expired", Duration::from_secs(20), || {
            store.usage().expect("stats").expired_entries >= EXPIRED
        });
        let slot = slot_of_group(&cluster, "half", format!("{}:g01", tenant.name).as_bytes());
        let half = begin(&cluster, slot, order);

        tenant.read();
        tenant.write();
        tenant.read();
        tenant.remove();
        tenant.read();
        half.finish();

        faults.append(&mut tenant.faults);
        tenant.read();
        tenant.note("purge", store.purge_expired().map(|it| it <= EXPIRED), Some(&true));
        let expired = store.usage().map(|it| it.expired_entries);
        tenant.note("expired entries", expired, Some(&0));
        tenant.note("check", store.check(), Some(&()));
        faults.extend(tenant.faults.iter().map(|it| format!("after the move, {it}")));
    }
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
}

/// The first group of a namespace is created when the slot has no key at all.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn groups_that_are_created_during_a_migration_do_not_disturb_it_and_are_listed() {
    let cluster = alone();
    let options = "prefix=new&call_timeout=1s&purge_interval=0";
    let store = open(&cluster.location(options));
    let later = SetExpiry::from_ttl(3_600_000).expect("a ttl");
    for (unit, existing) in [("fresh", 0), ("small", 3), ("wide", 60)] {
        for id in 0..existing {
            let name = format!("{unit}:old{id:02}").into_bytes();
            fill_group(&store, &name, 3, b"v", if id % 2 == 0 { later } else { SetExpiry::Never });
        }
        let slot = slot_of_unit(&cluster, unit.as_bytes());
        let mut it = cluster.begin_move(slot);
        let mut created = Vec::new();
        let mut create = |step: usize| {
            let name = format!("{unit}:new{step:02}").into_bytes();
            for (id, expiry) in [(0_u8, SetExpiry::Never), (1, later)] {
                let set = store.set_many(&[(group(&name), key(&[id]), b"v")], expiry);
                match set {
                    Ok(()) => created.push(name.clone()),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Unavailable, "{unit}: {error}");
                    }
                }
            }
            let plain = format!("{{{unit}}}new{step:02}").into_bytes();
            store.set(kv::Group::DEFAULT, key(&plain), b"v").expect("a plain key");
        };
        create(0);
        for step in 1.. {
            let moved = it.step();
            create(step);
            if moved == 0 {
                break;
            }
        }
        it.finish();

        let beginning = format!("{unit}:new").into_bytes();
        let listed = rows(store.groups(&beginning)).expect("groups");
        let listed: Vec<_> = listed.into_iter().map(|it| it.0).collect();
        let entries = created.len() as u64;
        created.dedup();
        assert_eq!(listed, created, "{unit}");
        assert_eq!(store.count(GroupRange::Prefix(&beginning)), Ok(entries), "{unit}");
        store.check().expect("sound");
    }
}
