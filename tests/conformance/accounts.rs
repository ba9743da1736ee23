//! Accounts: after any steps the usage of a namespace is what a recount finds.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use kv::{Condition, Namespace, Op, Quota, SetExpiry, Usage};

use crate::conformance::fixture::Fixture;
use crate::support::{Random, group, key};

/// Random steps from one seed, each of which is followed by a recount.
const STEPS: usize = 50;

/// The namespaces with a quota. The second is nearly always full.
const QUOTAS: [(&[u8], Quota); 2] = [
    (b"a", Quota { max_keys: 6, max_groups: 2, max_bytes: 4_000 }),
    (b"b", Quota { max_keys: 2, max_groups: 1, max_bytes: 60 }),
];

const GROUPS: [&[u8]; 6] = [b"a:g", b"a:h", b"a:", b"b:g", b"b:h", b"free"];
const KEYS: [&[u8]; 4] = [b"k1", b"k2", b"l1", b""];

/// One random step: its group and key, a value and an expiry.
struct Step {
    group: &'static [u8],
    key: &'static [u8],
    value: Vec<u8>,
    expiry: SetExpiry,
}

impl Step {
    fn random(random: &mut Random) -> Step {
        let len = if random.one_in(6) { 1_000..1_600 } else { 0..30 };
        let expiry = match random.within(0..4) {
            0 => SetExpiry::Keep,
            1 => SetExpiry::Never,
            _ => SetExpiry::After(*random.pick(&[1, 5, 20])),
        };
        Step {
            group: random.pick::<&[u8]>(&GROUPS),
            key: random.pick::<&[u8]>(&KEYS),
            value: random.bytes(b"v", len),
            expiry,
        }
    }

    /// Returns this as an operation of a batch; `kind` is below 7.
    fn op(&self, kind: usize) -> Op<'_> {
        let (group, key, created) = (group(self.group), key(self.key), self.expiry);
        let (value, expiry, condition) = (&self.value[..], self.expiry, Condition::Any);
        match kind {
            0 | 1 => Op::Set { group, key, value, condition, expiry },
            2 => Op::Delete { group, key, condition },
            3 => Op::Take { group, key },
            4 => Op::Append { group, key, value, created },
            5 => Op::DeletePrefix { group, prefix: &self.key[..self.key.len().min(1)] },
            _ => Op::Increment { group, key, delta: 1, created },
        }
    }
}

/// Makes one random change. A change that a rule of the store refuses is one too.
fn change(at: &Fixture, random: &mut Random) {
    let step = Step::random(random);
    match random.within(0..10) {
        0 => at.clock.advance(*random.pick(&[1, 5, 20])),
        1 => drop(at.store.purge_expired().expect("a purge")),
        2 => drop(at.store.delete_group(group(step.group)).expect("a delete")),
        3 => {
            let more: Vec<_> = (0..4).map(|_| Step::random(random)).collect();
            let ops: Vec<_> = more.iter().map(|it| it.op(random.within(0..7))).collect();
            drop(at.store.commit(&ops));
        }
        _ => drop(at.store.commit(&[step.op(random.within(0..7))])),
    }
}

fn usage(at: &Fixture, namespace: &Namespace) -> Usage {
    at.store.quota(namespace).expect("an account").usage
}

/// Compares each account with a recount, which setting the quota again makes.
fn compare(at: &Fixture, after: usize) {
    for (name, quota) in QUOTAS {
        let namespace = Namespace::new(name).expect("a namespace");
        let account = usage(at, &namespace);
        at.store.set_quota(&namespace, quota).expect("a recount");
        assert_eq!(account, usage(at, &namespace), "namespace {namespace:?} after step {after}");
    }
    at.store.check().expect("a sound store");
}

fn run(at: &Fixture, seed: u64) {
    for (name, quota) in QUOTAS {
        at.store.set_quota(&Namespace::new(name).expect("a namespace"), quota).expect("a quota");
    }
    let mut random = Random::of(seed);
    for step in 0..STEPS {
        change(at, &mut random);
        compare(at, step);
    }
}

/// Runs the steps of many seeds one after another, and names the seed of a failure.
fn run_all(at: &Fixture, seeds: u64) {
    for seed in 0..seeds {
        for group in GROUPS {
            at.store.delete_group(crate::support::group(group)).expect("an empty store");
        }
        if let Err(failure) = catch_unwind(AssertUnwindSafe(|| run(at, seed))) {
            println!("seed {seed}");
            resume_unwind(failure);
        }
    }
}

cases! {

fn a_group_whose_room_its_own_dead_entries_made_still_counts(at) {
    let namespace = Namespace::new(b"a").expect("a namespace");
    let quota = Quota { max_keys: 2, max_groups: 1, max_bytes: 0 };
    at.store.set_quota(&namespace, quota).expect("a quota");
    for name in [b"1", b"2"] {
        at.store.set_ttl(group(b"a:g"), key(name), b"", 20).expect("set");
    }
    at.clock.advance(20);
    at.set_in(b"a:g", b"3", b"");
    assert_eq!(usage(at, &namespace), Usage { keys: 1, groups: 1, bytes: 4 });
    let refused = at.store.set(group(b"a:h"), key(b"1"), b"").expect_err("a second group");
    assert_eq!(refused.kind(), kv::ErrorKind::Quota);
}

fn accounts_are_what_a_recount_finds(at) {
    run_all(at, 30);
}

fn accounts_are_what_a_recount_finds_where_entries_are_evicted(at) {
    for options in ["max_entries=5&evict=lru", "max_bytes=2000&evict=lru", "max_entries=4"] {
        run_all(&at.with(options), 30);
    }
}

}
