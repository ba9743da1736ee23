//! Transactions: what they see, what stops them, and that they are all or nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::conformance::fixture::Fixture;
use crate::support::{group, key, no_group, race_until_met};
use kv::{
    Condition, ErrorKind, Event, ExpireOutcome, Expiry, ExpiryRule, Selection, Selector, SetExpiry, WatchStart, Transaction, Ttl,
    VALUE_LEN_MAX,
};

/// A transaction on the default group of a store.
struct On<'f> {
    at: &'f Fixture,
    steps: Transaction,
}

impl<'f> On<'f> {
    fn new(at: &'f Fixture) -> Self {
        On { at, steps: Transaction::new() }
    }

    fn get(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let entry = self.steps.get(&self.at.store, no_group(), key(name)).expect("get");
        entry.map(|entry| entry.value.to_vec())
    }

    fn set(&mut self, name: &[u8], value: &[u8]) {
        assert!(self.set_if(name, value, Condition::Any, SetExpiry::Never));
    }

    fn set_if(
        &mut self,
        name: &[u8],
        value: &[u8],
        condition: Condition,
        expiry: SetExpiry,
    ) -> bool {
        let set = self.steps.set(&self.at.store, no_group(), key(name), value, condition, expiry);
        set.expect("set")
    }

    fn increment(&mut self, name: &[u8], delta: i64, ttl_ms: i64) -> kv::Result<i64> {
        self.steps.increment(&self.at.store, no_group(), key(name), delta, ttl_ms)
    }

    fn append(&mut self, name: &[u8], tail: &[u8], ttl_ms: i64) -> usize {
        let appended = self.steps.append(&self.at.store, no_group(), key(name), tail, ttl_ms);
        appended.expect("append")
    }

    fn ttl(&mut self, name: &[u8]) -> Option<Ttl> {
        self.steps.ttl(&self.at.store, no_group(), key(name)).expect("ttl")
    }

    fn expire(&mut self, name: &[u8], ttl_ms: i64, flags: u32) -> ExpireOutcome {
        let rule = ExpiryRule::new(flags).expect("known flags");
        let expired = self.steps.expire(&self.at.store, no_group(), key(name), ttl_ms, rule);
        expired.expect("expire")
    }

    fn delete(&mut self, name: &[u8]) -> bool {
        self.steps.delete(&self.at.store, no_group(), key(name)).expect("delete")
    }

    fn commit(&mut self) -> bool {
        self.steps.commit(&self.at.store).expect("commit")
    }
}

cases! {

fn nothing_is_seen_by_others_before_the_commit(at) {
    at.set(b"old", b"1");
    let mut on = On::new(at);

    on.set(b"new", b"2");
    assert!(on.delete(b"old"));
    assert!(!at.exists(b"new"));
    assert!(at.exists(b"old"));

    assert!(on.commit());
    assert_eq!(at.get(b"new"), Some(b"2".to_vec()));
    assert!(!at.exists(b"old"));
}

fn a_transaction_counts_and_appends_to_what_it_sees(at) {
    at.set_ttl(b"n", b"5", 1_000);
    at.set(b"text", b"ab");
    let mut on = On::new(at);

    assert_eq!(on.increment(b"n", 2, 0), Ok(7));
    assert_eq!(on.increment(b"n", -10, 0), Ok(-3));
    assert_eq!(on.increment(b"new", 1, 500), Ok(1));
    assert_eq!(on.append(b"text", b"c", 0), 3);
    assert_eq!(on.append(b"text", b"", 0), 3);
    assert_eq!(on.append(b"more", b"x", 500), 1);
    assert_eq!(on.get(b"n"), Some(b"-3".to_vec()));
    assert_eq!((on.ttl(b"n"), on.ttl(b"new")), (Some(Ttl::Millis(1_000)), Some(Ttl::Millis(500))));
    assert_eq!((on.ttl(b"text"), on.ttl(b"none")), (Some(Ttl::Never), None));
    assert_eq!(at.get(b"n"), Some(b"5".to_vec()));
    at.clock.advance(100);

    assert!(on.commit());
    assert_eq!(at.get(b"n"), Some(b"-3".to_vec()));
    assert_eq!(at.get(b"text"), Some(b"abc".to_vec()));
    assert_eq!((at.ttl(b"n"), at.ttl(b"new")), (Some(Ttl::Millis(900)), Some(Ttl::Millis(500))));
    assert_eq!((at.ttl(b"text"), at.ttl(b"more")), (Some(Ttl::Never), Some(Ttl::Millis(500))));
}

fn an_increment_of_what_is_no_integer_buffers_nothing(at) {
    at.set(b"text", b"ab");
    at.set(b"most", b"9223372036854775807");
    let mut on = On::new(at);

    for name in [&b"text"[..], b"most"] {
        let refused = on.increment(name, 1, 0).expect_err("no integer");
        assert_eq!(refused.kind(), ErrorKind::NotInteger);
    }
    on.set(b"other", b"1");

    assert!(on.commit());
    assert_eq!((at.get(b"text"), at.get(b"other")), (Some(b"ab".to_vec()), Some(b"1".to_vec())));
}

fn a_counter_that_another_has_changed_is_a_conflict(at) {
    at.set(b"n", b"5");
    let mut on = On::new(at);
    assert_eq!(on.increment(b"n", 1, 0), Ok(6));
    assert_eq!(on.append(b"log", b"x", 0), 1);
    at.increment(b"n", 1);

    assert!(!on.commit());
    assert_eq!((at.get(b"n"), at.get(b"log")), (Some(b"6".to_vec()), None));
}

fn an_expiry_that_a_transaction_sets_leaves_value_and_version(at) {
    let version = at.set(b"key", b"value");
    at.set_ttl(b"mortal", b"1", 1_000);
    let mut on = On::new(at);

    assert_eq!(on.expire(b"none", 500, 0), ExpireOutcome::NotFound);
    assert_eq!(on.expire(b"mortal", 500, ExpiryRule::NX), ExpireOutcome::Refused);
    assert_eq!(on.expire(b"mortal", 500, ExpiryRule::GT), ExpireOutcome::Refused);
    assert_eq!(on.expire(b"mortal", 0, 0), ExpireOutcome::Set);
    assert_eq!(on.expire(b"key", 500, ExpiryRule::NX), ExpireOutcome::Set);
    assert_eq!(on.expire(b"key", 400, ExpiryRule::LT), ExpireOutcome::Set);
    on.set(b"own", b"1");
    assert_eq!(on.expire(b"own", 300, 0), ExpireOutcome::Set);
    assert_eq!((on.ttl(b"key"), on.ttl(b"mortal")), (Some(Ttl::Millis(400)), Some(Ttl::Never)));
    assert_eq!((on.ttl(b"own"), at.ttl(b"key")), (Some(Ttl::Millis(300)), Some(Ttl::Never)));
    at.clock.advance(100);

    assert!(on.commit());
    assert_eq!((at.ttl(b"key"), at.ttl(b"mortal")), (Some(Ttl::Millis(400)), Some(Ttl::Never)));
    assert_eq!((at.ttl(b"own"), at.get(b"own")), (Some(Ttl::Millis(300)), Some(b"1".to_vec())));
    assert_eq!(at.entry(b"key").version, version);
}

fn a_write_after_an_expiry_keeps_the_expiry_of_the_transaction(at) {
    at.set(b"n", b"1");
    let mut on = On::new(at);
    assert_eq!(on.expire(b"n", 500, 0), ExpireOutcome::Set);
    assert_eq!(on.increment(b"n", 1, 0), Ok(2));
    assert!(on.set_if(b"n", b"3", Condition::Any, SetExpiry::Keep));
    assert!(on.commit());
    assert_eq!((at.get(b"n"), at.ttl(b"n")), (Some(b"3".to_vec()), Some(Ttl::Millis(500))));

    let mut on = On::new(at);
    assert_eq!(on.expire(b"n", 400, 0), ExpireOutcome::Set);
    at.set(b"n", b"4");
    assert!(!on.commit(), "it was written since it was read");
    assert_eq!(at.ttl(b"n"), Some(Ttl::Never));
}

fn a_transaction_reads_its_own_writes(at) {
    at.set(b"key", b"stored");
    let mut on = On::new(at);

    on.set(b"key", b"");
    assert_eq!(on.get(b"key"), Some(Vec::new()));
    on.set(b"key", b"twice");
    assert_eq!(on.get(b"key"), Some(b"twice".to_vec()));
    assert!(on.delete(b"key"));
    assert_eq!(on.get(b"key"), None);
    assert!(!on.delete(b"key"), "it is deleted already");
    on.set(b"key", b"again");
    assert_eq!(on.get(b"key"), Some(b"again".to_vec()));

    assert!(on.commit());
    assert_eq!(at.get(b"key"), Some(b"again".to_vec()));
}

fn what_it_has_written_itself_is_at_no_version_yet(at) {
    let version = at.set(b"key", b"stored");
    let mut on = On::new(at);
    let read = |on: &mut On<'_>| on.steps.get(&at.store, no_group(), key(b"key"));

    assert_eq!(read(&mut on).expect("get").expect("stored").version, version);
    on.set(b"key", b"written");

    assert_eq!(read(&mut on).expect("get").expect("written").version, 0);
    assert!(!on.set_if(b"key", b"x", Condition::Version(version), SetExpiry::Never));
    assert!(!on.set_if(b"key", b"x", Condition::Version(0), SetExpiry::Never));
    assert!(on.set_if(b"key", b"x", Condition::Present, SetExpiry::Never));
}

fn a_read_value_that_changed_is_a_conflict_and_nothing_is_written(at) {
    at.set(b"a", b"1");
    let mut on = On::new(at);
    assert_eq!(on.get(b"a"), Some(b"1".to_vec()));
    on.set(b"b", b"2");

    at.set(b"a", b"1");

    assert!(!on.commit());
    assert!(!at.exists(b"b"));
}

fn a_read_absence_that_changed_is_a_conflict(at) {
    let mut on = On::new(at);
    assert_eq!(on.get(b"a"), None);
    on.set(b"b", b"2");

    at.set(b"a", b"");

    assert!(!on.commit());
    assert!(!at.exists(b"b"));
}

fn a_read_value_that_was_deleted_or_expired_is_a_conflict(at) {
    for way in ["deleted", "expired"] {
        at.set_ttl(b"a", b"1", 10);
        let mut on = On::new(at);
        assert!(on.get(b"a").is_some());
        on.set(b"b", b"2");

        match way {
            "deleted" => assert!(at.delete(b"a")),
            _ => at.clock.advance(10),
        }

        assert!(!on.commit(), "{way}");
        assert!(!at.exists(b"b"), "{way}");
    }
}

fn a_value_that_came_back_is_still_a_conflict(at) {
    at.set(b"a", b"1");
    let mut on = On::new(at);
    on.get(b"a");

    at.delete(b"a");
    at.set(b"a", b"1");

    assert!(!on.commit());
}

fn a_key_that_is_read_again_returns_the_same_entry(at) {
    at.set(b"there", b"1");
    let mut on = On::new(at);
    on.get(b"there");
    on.get(b"missing");

    at.set(b"there", b"2");
    at.set(b"missing", b"2");

    assert_eq!(on.get(b"there"), Some(b"1".to_vec()));
    assert_eq!(on.get(b"missing"), None);
    assert!(!on.commit());
}

fn an_entry_that_has_expired_since_is_not_returned_again(at) {
    at.set_ttl(b"a", b"1", 10);
    let mut on = On::new(at);
    assert!(on.get(b"a").is_some());

    at.clock.advance(10);

    assert_eq!(on.get(b"a"), None);
    assert!(!on.delete(b"a"));
    assert!(!on.commit());
}

fn writes_without_reads_never_conflict(at) {
    at.set(b"a", b"1");
    let mut on = On::new(at);
    on.set(b"a", b"mine");

    at.set(b"a", b"theirs");

    assert!(on.commit());
    assert_eq!(at.get(b"a"), Some(b"mine".to_vec()));
}

fn a_delete_reads_what_it_deletes(at) {
    at.set(b"a", b"1");
    let mut on = On::new(at);
    assert!(on.delete(b"a"));
    assert!(!on.delete(b"b"));
    at.set(b"a", b"2");
    assert!(!on.commit(), "another value than the one that was to be deleted");

    assert!(!on.delete(b"b"));
    at.set(b"b", b"1");
    assert!(!on.commit(), "there is something to delete after all");
    assert!(at.exists(b"a") && at.exists(b"b"));
}

fn a_transaction_without_writes_validates_what_it_has_read(at) {
    at.set(b"a", b"1");
    let mut on = On::new(at);
    on.get(b"a");
    on.get(b"missing");
    assert!(on.commit());

    on.get(b"a");
    on.get(b"missing");
    at.set(b"missing", b"");
    assert!(!on.commit());
}

fn an_empty_transaction_commits_and_every_outcome_leaves_an_empty_one(at) {
    let mut on = On::new(at);
    assert!(on.commit());

    on.get(b"a");
    on.set(b"b", b"1");
    at.set(b"a", b"");
    assert!(!on.commit());
    assert!(on.commit(), "nothing is left of the refused one");
    assert!(!at.exists(b"b"));

    on.set(b"b", b"1");
    on.steps.clear();
    assert!(on.commit());
    assert!(!at.exists(b"b"));
}

fn a_condition_is_looked_at_at_once_and_counts_as_a_read(at) {
    let version = at.set(b"a", b"1");
    let mut on = On::new(at);

    assert!(!on.set_if(b"a", b"x", Condition::Absent, SetExpiry::Never));
    assert!(!on.set_if(b"b", b"x", Condition::Present, SetExpiry::Never));
    assert!(!on.set_if(b"a", b"x", Condition::Version(version + 1), SetExpiry::Never));
    assert!(on.set_if(b"a", b"x", Condition::Version(version), SetExpiry::Never));
    assert!(on.set_if(b"c", b"x", Condition::Absent, SetExpiry::Never));
    assert!(!on.set_if(b"c", b"y", Condition::Absent, SetExpiry::Never), "it is written now");

    assert!(on.commit());
    assert_eq!((at.get(b"a"), at.get(b"c")), (Some(b"x".to_vec()), Some(b"x".to_vec())));
    assert!(!at.exists(b"b"));

    assert!(on.set_if(b"d", b"x", Condition::Absent, SetExpiry::Never));
    at.set(b"d", b"theirs");
    assert!(!on.commit());
    assert_eq!(at.get(b"d"), Some(b"theirs".to_vec()));
}

fn a_refused_write_is_left_out_and_the_rest_goes_on(at) {
    at.set(b"a", b"1");
    let mut on = On::new(at);

    on.set(b"b", b"2");
    assert!(!on.set_if(b"a", b"x", Condition::Absent, SetExpiry::Never));

    assert!(on.commit());
    assert_eq!(at.get(b"a"), Some(b"1".to_vec()));
    assert_eq!(at.get(b"b"), Some(b"2".to_vec()));
}

fn a_ttl_counts_from_the_commit(at) {
    let mut on = On::new(at);
    assert!(on.set_if(b"a", b"1", Condition::Any, SetExpiry::After(100)));

    at.clock.advance(1_000);
    assert!(on.get(b"a").is_some(), "it has not begun to live yet");
    assert!(on.commit());

    assert_eq!(at.ttl(b"a"), Some(Ttl::Millis(100)));
}

fn keep_keeps_the_expiry_that_the_transaction_sees(at) {
    at.set_ttl(b"stored", b"1", 100);
    let mut on = On::new(at);

    assert!(on.set_if(b"stored", b"2", Condition::Any, SetExpiry::Keep));
    assert!(on.set_if(b"new", b"2", Condition::Any, SetExpiry::Keep));
    assert!(on.set_if(b"own", b"1", Condition::Any, SetExpiry::After(7)));
    assert!(on.set_if(b"own", b"2", Condition::Any, SetExpiry::Keep));
    let entry = on.steps.get(&at.store, no_group(), key(b"stored")).expect("get");
    assert!(entry.expect("written").expires_at.is_some());

    assert!(on.commit());
    assert_eq!(at.ttl(b"stored"), Some(Ttl::Millis(100)));
    assert_eq!(at.ttl(b"new"), Some(Ttl::Never));
    assert_eq!(at.ttl(b"own"), Some(Ttl::Millis(7)));

    assert!(on.set_if(b"stored", b"3", Condition::Any, SetExpiry::Keep));
    at.clock.advance(100);
    assert!(!on.commit(), "there is nothing to keep any more");
}

fn a_write_that_has_expired_when_it_is_made_reads_as_absent(at) {
    let mut on = On::new(at);
    let past = SetExpiry::At(Expiry::at_millis(1));

    assert!(on.set_if(b"a", b"1", Condition::Any, past));

    assert_eq!(on.get(b"a"), None);
    assert!(on.set_if(b"a", b"2", Condition::Absent, SetExpiry::Never));
    assert!(on.commit());
    assert_eq!(at.get(b"a"), Some(b"2".to_vec()));
}

fn writes_are_applied_in_their_order(at) {
    let mut on = On::new(at);
    for name in [b"c", b"a", b"b"] {
        on.set(name, b"");
    }
    on.set(b"c", b"last");

    assert!(on.commit());

    let version = |name| at.entry(name).version;
    assert!(version(b"a") < version(b"b") && version(b"b") < version(b"c"));
}

fn watches_get_the_writes_in_their_order_and_only_of_a_commit_that_succeeds(at) {
    at.set(b"a", b"1");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = at.store.watch(all, 1024, WatchStart::Now).expect("a watch");
    let changed_keys = || -> Vec<Vec<u8>> {
        let next = || watch.poll(Some(std::time::Duration::ZERO)).expect("an open watch");
        let key_of = |event| match event {
            Event::Change(change) => change.key().to_vec(),
            other => panic!("{other:?} is no change"),
        };
        std::iter::from_fn(next).map(key_of).collect()
    };
    let mut on = On::new(at);

    on.set(b"c", b"2");
    on.set(b"b", b"2");
    assert!(on.delete(b"a"));
    assert!(changed_keys().is_empty(), "nothing has happened yet");
    assert!(on.commit());
    assert_eq!(changed_keys(), [b"c", b"b", b"a"]);

    on.get(b"b");
    on.set(b"d", b"3");
    at.set(b"b", b"theirs");
    assert_eq!(changed_keys(), [b"b"]);
    assert!(!on.commit());
    assert!(changed_keys().is_empty(), "nothing was written");
}

fn groups_are_kept_apart(at) {
    at.set_in(b"g", b"k", b"1");
    let mut on = On::new(at);
    assert_eq!(on.get(b"k"), None);
    let store = &at.store;
    let read = on.steps.get(store, group(b"g"), key(b"k")).expect("get").expect("stored");
    assert_eq!(&read.value[..], b"1");
    on.set(b"k", b"2");

    at.set_in(b"gk", b"", b"unrelated");

    assert!(on.commit());
    assert_eq!(at.get_in(b"g", b"k"), Some(b"1".to_vec()));
    assert_eq!(at.get(b"k"), Some(b"2".to_vec()));
}

fn a_bad_write_is_refused_at_once_and_the_transaction_goes_on(at) {
    let mut on = On::new(at);
    on.set(b"a", b"1");
    let huge = vec![0; VALUE_LEN_MAX + 1];
    let mut refused = |value: &[u8], expiry| {
        let any = Condition::Any;
        let set = on.steps.set(&at.store, no_group(), key(b"bad"), value, any, expiry);
        set.expect_err("refused").kind()
    };

    assert_eq!(refused(&huge, SetExpiry::Never), ErrorKind::TooLarge);
    assert_eq!(refused(b"", SetExpiry::After(-1)), ErrorKind::Argument);

    assert!(on.commit());
    assert_eq!(at.all_keys(), [b"a"]);
}

fn threads_that_move_money_keep_the_sum(at) {
    for account in 0..4_u8 {
        at.set(&[account], b"100");
    }
    let balance = |on: &mut On<'_>, account| -> i64 {
        let text = on.get(&[account]).expect("an account");
        String::from_utf8(text).expect("decimal").parse().expect("decimal")
    };

    let conflicts = AtomicUsize::new(0);
    race_until_met(|_| {
        std::thread::scope(|scope| {
            for from in 0..4_u8 {
                let conflicts = &conflicts;
                scope.spawn(move || {
                    let to = (from + 1) % 4;
                    for _ in 0..50 {
                        loop {
                            let mut on = On::new(at);
                            let (had, has) = (balance(&mut on, from), balance(&mut on, to));
                            on.set(&[from], (had - 1).to_string().as_bytes());
                            on.set(&[to], (has + 1).to_string().as_bytes());
                            if on.commit() {
                                break;
                            }
                            conflicts.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        conflicts.load(Ordering::Relaxed) > 0
    });

    let mut on = On::new(at);
    assert_eq!([0, 1, 2, 3].map(|account| balance(&mut on, account)), [100; 4]);
}

}
