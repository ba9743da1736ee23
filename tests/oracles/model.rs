//! Random sequences of calls: the store must return the same as the model.
//!
//! `PROPTEST_CASES` sets how many sequences each test runs, `KV_SEED` which.

use std::ops::Bound;
use std::sync::Arc;

use crate::support::model::Model;
use crate::support::{Place, drain, group, key, log, sqlite};
use kv::{
    Clock, Commit, Condition, EntryInfo, Expiry, ExpiryRule, GroupRange, ManualClock, Op, Pattern,
    Scan, SetExpiry, Store, Timestamp,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

const GROUPS: [&[u8]; 3] = [b"", b"g", b"g\xFF"];
const KEYS: [&[u8]; 6] = [b"", b"a", b"a\0", b"ab", b"b", b"\xFF"];
const VALUES: [&[u8]; 6] = [b"", b"7", b"text", b"9223372036854775807", &[1; 1_024], &[2; 1_025]];
const TTLS_MS: [i64; 5] = [0, 1, 5, 10, 1_000];
const STEPS_MS: [i64; 10] = [1, 4, 5, 10, 600, 2_500, -1, -5, -300, -4_000];
const RULES: [u32; 6] = [0, 0, ExpiryRule::NX, ExpiryRule::XX, ExpiryRule::GT, ExpiryRule::LT];
const SEQUENCE_LEN_MAX: usize = 40;

/// A place to keep data, by index into the constants.
type At = (usize, usize);

/// One call.
#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Draft>),
    Get(At),
    GetMany(Vec<At>),
    Scan {
        group: usize,
        prefix: usize,
        lower: usize,
        upper: usize,
        reverse: bool,
        offset: u64,
        limit: u64,
    },
    Info(At),
    Count(usize),
    Groups(usize),
    Purge,
    Advance(usize),
    Reopen,
}

/// A step of a batch, before it is known what time it is and which versions there are.
#[derive(Debug, Clone)]
struct Draft {
    kind: usize,
    at: At,
    value: usize,
    condition: usize,
    expiry: (usize, usize),
    rule: usize,
}

fn at() -> impl Strategy<Value = At> {
    (0..GROUPS.len(), 0..KEYS.len())
}

fn draft() -> impl Strategy<Value = Draft> {
    let expiry = (0..6_usize, 0..TTLS_MS.len());
    (0..13_usize, at(), 0..VALUES.len(), 0..10_usize, expiry, 0..RULES.len()).prop_map(
        |(kind, at, value, condition, expiry, rule)| Draft {
            kind,
            at,
            value,
            condition,
            expiry,
            rule,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    // One past the last key stands for "no bound".
    let bound = 0..=2 * KEYS.len();
    prop_oneof![
        8 => prop::collection::vec(draft(), 1..=1).prop_map(Step::Commit),
        3 => prop::collection::vec(draft(), 0..5).prop_map(Step::Commit),
        2 => at().prop_map(Step::Get),
        1 => prop::collection::vec(at(), 0..4).prop_map(Step::GetMany),
        2 => (0..GROUPS.len(), 0..KEYS.len(), bound.clone(), bound, any::<bool>(), 0..3_u64, 0..4_u64)
            .prop_map(|(group, prefix, lower, upper, reverse, offset, limit)| Step::Scan {
                group, prefix, lower, upper, reverse, offset, limit
            }),
        1 => at().prop_map(Step::Info),
        1 => (0..GROUPS.len()).prop_map(Step::Count),
        1 => (0..GROUPS.len()).prop_map(Step::Groups),
        1 => Just(Step::Purge),
        4 => (0..STEPS_MS.len()).prop_map(Step::Advance),
        1 => Just(Step::Reopen),
    ]
}

/// The store under test beside the model.
struct Bench {
    location: String,
    clock: Arc<ManualClock>,
    store: Option<Store>,
    model: Model,
}

impl Bench {
    fn new(location: String, model: Model) -> Bench {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_700_000_000_000_000)));
        let mut bench = Bench { location, clock, store: None, model };
        bench.open();
        bench
    }

    fn open(&mut self) {
        let store = kv::open_with_clock(&self.location, self.clock.clone());
        self.store = Some(store.expect("the store opens"));
    }

    fn store(&self) -> &Store {
        self.store.as_ref().expect("only open takes it")
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millis()
    }

    fn op(&self, draft: &Draft) -> Op<'static> {
        let (name, id) = (GROUPS[draft.at.0], KEYS[draft.at.1]);
        let (group, key, value) = (group(name), key(id), VALUES[draft.value]);
        let current = self.model.get(name, id, self.now_ms()).map_or(0, |entry| entry.version);
        let condition = match draft.condition {
            0 => Condition::Absent,
            1 => Condition::Present,
            2 | 3 => Condition::Version(current),
            4 => Condition::Version(current.wrapping_sub(1)),
            _ => Condition::Any,
        };
        let ttl_ms = TTLS_MS[draft.expiry.1];
        let expiry = match draft.expiry.0 {
            0 | 1 => SetExpiry::Never,
            2 | 3 => SetExpiry::After(ttl_ms),
            4 => SetExpiry::At(Expiry::at_millis(self.now_ms() + ttl_ms - 1)),
            _ => SetExpiry::Keep,
        };
        match draft.kind {
            0 => Op::Check { group, key, condition },
            1 => Op::Get { group, key },
            2..=5 => Op::Set { group, key, value, condition, expiry },
            6 => Op::Delete { group, key, condition },
            7 => Op::Take { group, key },
            8 => Op::Increment { group, key, delta: draft.value as i64 - 1, created: expiry },
            9 => Op::Append { group, key, value, created: expiry },
            10 => {
                let rule = ExpiryRule::new(RULES[draft.rule]).expect("known flags");
                Op::Expire { group, key, expiry, rule }
            }
            11 => Op::DeletePrefix { group, prefix: id },
            _ => Op::DeleteAll { groups: group },
        }
    }

    fn play(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let now_ms = self.now_ms();
        match step {
            Step::Commit(drafts) => self.commit(drafts)?,
            Step::Get(at) => {
                let (name, id) = (GROUPS[at.0], KEYS[at.1]);
                let (group, key) = (group(name), key(id));
                prop_assert_eq!(self.store().get(group, key), Ok(self.model.get(name, id, now_ms)));
                prop_assert_eq!(self.store().ttl(group, key), Ok(self.model.ttl(name, id, now_ms)));
            }
            Step::GetMany(places) => {
                let keys: Vec<_> =
                    places.iter().map(|at| (group(GROUPS[at.0]), key(KEYS[at.1]))).collect();
                let one = |at: &At| self.model.get(GROUPS[at.0], KEYS[at.1], now_ms);
                let expected = places.iter().map(one).collect();
                prop_assert_eq!(self.store().get_many(&keys), Ok(expected));
            }
            Step::Info(at) => {
                let (name, id) = (GROUPS[at.0], KEYS[at.1]);
                let entry = self.model.get(name, id, now_ms);
                let expected = entry.map(|entry| EntryInfo {
                    size: entry.value.len() as u64,
                    version: entry.version,
                    expires_at: entry.expires_at,
                });
                prop_assert_eq!(self.store().info(group(name), key(id)), Ok(expected));
            }
            &Step::Scan { group: name, prefix, lower, upper, reverse, offset, limit } => {
                let pattern = Pattern::Prefix(KEYS[prefix]);
                let bound = |index: usize| match KEYS.get(index / 2).map(|id| key(id)) {
                    Some(key) if index.is_multiple_of(2) => Bound::Excluded(key),
                    Some(key) => Bound::Included(key),
                    None => Bound::Unbounded,
                };
                let (lower, upper) = (bound(lower), bound(upper));
                let all = Scan::all(group(GROUPS[name]));
                self.scan(Scan { pattern, lower, upper, reverse, offset, limit, ..all })?;
            }
            Step::Count(name) => {
                let name = GROUPS[*name];
                let one = self.model.count(|it| it == name, now_ms);
                prop_assert_eq!(self.store().count(GroupRange::One(group(name))), Ok(one));
                let several = self.model.count(|it| it.starts_with(name), now_ms);
                prop_assert_eq!(self.store().count(GroupRange::Prefix(name)), Ok(several));
            }
            Step::Groups(name) => {
                let mut cursor = self.store().groups(GROUPS[*name]).expect("a cursor");
                let found: Vec<_> = drain(&mut *cursor).into_iter().map(|row| row.0).collect();
                prop_assert_eq!(found, self.model.groups(GROUPS[*name], now_ms));
            }
            Step::Purge => {
                let purged = self.store().purge_expired();
                prop_assert_eq!(purged, Ok(self.model.purge(now_ms)));
            }
            Step::Advance(index) => self.clock.advance(STEPS_MS[*index]),
            // A store in memory cannot be opened again.
            Step::Reopen if self.location == "memory:" => {}
            Step::Reopen => {
                self.store = None;
                self.open();
            }
        }
        Ok(())
    }

    fn commit(&mut self, drafts: &[Draft]) -> Result<(), TestCaseError> {
        let ops: Vec<_> = drafts.iter().map(|draft| self.op(draft)).collect();
        let actual = self.store().commit(&ops);
        let replies = actual.as_ref().map_or(&[][..], |(_, replies)| replies);
        let expected = self.model.commit(&ops, self.now_ms(), replies);
        let actual = actual.map_err(|error| error.kind());
        if matches!(expected, Ok((Commit::Applied, _))) {
            prop_assert_eq!(actual, expected, "{:?}: versions must rise", ops);
        } else {
            prop_assert_eq!(actual, expected, "{:?}", ops);
        }
        Ok(())
    }

    fn scan(&self, scan: Scan<'_>) -> Result<(), TestCaseError> {
        let Pattern::Prefix(prefix) = scan.pattern else { unreachable!("prefixes only") };
        let mut cursor = self.store().scan(scan).expect("a cursor");
        let mut found = Vec::new();
        while let Some(it) = cursor.next().expect("an entry or the end") {
            let (value, version) = (it.value.into(), it.version);
            let entry = kv::Entry { value, version, expires_at: it.expires_at };
            found.push((it.key.to_vec(), entry));
        }
        prop_assert_eq!(found, self.model.scan(&scan, prefix, self.now_ms()), "{:?}", scan);
        Ok(())
    }

    /// Compares everything there is.
    fn finish(self) -> Result<(), TestCaseError> {
        for name in GROUPS {
            self.scan(Scan::all(group(name)))?;
        }
        let usage = self.store().usage().expect("usage");
        prop_assert_eq!(usage.entries, self.model.count(|_| true, self.now_ms()));
        prop_assert_eq!(self.store().check(), Ok(()));
        Ok(())
    }
}

/// Runs sequences against stores that `locate` names, beside copies of `model`.
fn run(
    default_cases: u32,
    seed: u64,
    locate: impl Fn() -> String,
    model: &Model,
) -> Result<(), TestError<Vec<Step>>> {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(default_cases),
        failure_persistence: None,
        max_shrink_iters: 5_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let steps = prop::collection::vec(step(), 1..SEQUENCE_LEN_MAX);
    TestRunner::new_with_rng(config, rng).run(&steps, |steps| {
        let mut bench = Bench::new(locate(), model.clone());
        for step in &steps {
            bench.play(step)?;
        }
        bench.finish()
    })
}

/// As [`run`]; a failure prints how to repeat it.
fn hold(test: &str, default_cases: u32, locate: impl Fn() -> String) {
    let seed = std::env::var("KV_SEED").ok().map_or(1, |it| it.parse().expect("a number"));
    println!("seed {seed}");
    if let Err(failure) = run(default_cases, seed, locate, &Model::default()) {
        panic!("{failure}\nreplay: KV_SEED={seed} cargo test --test suite {test}");
    }
}

/// Returns locations of new files in `place`, one after the other; the last is removed first.
fn new_files(place: &Place) -> impl Fn() -> String {
    let number = std::cell::Cell::new(0);
    move || {
        let name = |number: u32, end: &str| place.file(&format!("{number}.db{end}"));
        for end in ["", "-wal", "-shm"] {
            // Closing has removed what belongs to the log; there is no first file either.
            let _ = std::fs::remove_file(name(number.get(), end));
        }
        number.set(number.get() + 1);
        sqlite(&name(number.get(), ""), "durability=normal&purge_interval=0")
    }
}

#[test]
fn memory_behaves_like_the_model() {
    hold("memory_behaves_like_the_model", 10_000, || "memory:".to_owned());
}

/// Returns locations of new folders in `place`; the last is removed first.
fn new_logs(place: &Place) -> impl Fn() -> String {
    let number = std::cell::Cell::new(0);
    move || {
        let name = |number: u32| place.file(&format!("{number}.log"));
        let _ = std::fs::remove_dir_all(name(number.get()));
        number.set(number.get() + 1);
        // A snapshot is made after some records.
        log(&name(number.get()), "purge_interval=0&log_limit=1KiB")
    }
}

#[test]
fn a_log_behaves_like_the_model_and_when_it_is_opened_again() {
    let place = Place::in_memory();
    hold("a_log_behaves_like_the_model", 2_000, new_logs(&place));
}

#[test]
fn sqlite_behaves_like_the_model() {
    let place = Place::in_memory();
    hold("sqlite_behaves_like_the_model", 2_000, new_files(&place));
}

#[test]
fn a_model_that_forgets_that_set_clears_expiry_is_caught_on_every_engine() {
    let place = Place::in_memory();
    let files = new_files(&place);
    let mut wrong = Model::default();
    wrong.forgets_that_set_clears_expiry = true;
    let logs = new_logs(&place);
    let locations: [&dyn Fn() -> String; 3] = [&|| "memory:".to_owned(), &files, &logs];

    for locate in locations {
        let failure = run(1_000, 1, locate, &wrong).expect_err("the rule is wrong");

        let TestError::Fail(_, steps) = failure else { panic!("{failure}") };
        assert!(steps.len() <= 4, "not reduced to the point: {steps:?}");
    }
}
