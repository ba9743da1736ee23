//! Counters: integers as decimal text.

use crate::support::{Meetings, key, no_group, race_until_met};
use kv::{ErrorKind, Ttl};

cases! {

fn a_missing_counter_begins_at_0(at) {
    assert_eq!(at.increment(b"n", 5), 5);
    assert_eq!(at.increment(b"n", -7), -2);
    assert_eq!(at.increment(b"n", 0), -2);

    assert_eq!(at.get(b"n"), Some(b"-2".to_vec()));
}

fn a_counter_is_text_that_can_be_set(at) {
    at.set(b"n", b"41");

    assert_eq!(at.increment(b"n", 1), 42);
}

fn what_is_no_integer_is_refused_and_stays(at) {
    for text in [&b""[..], b" 1", b"1.0", b"0x1", b"+1", b"01", b"-0", b"9223372036854775808"] {
        at.set(b"n", text);
        let before = at.entry(b"n");

        let error = at.store.increment(no_group(), key(b"n"), 1, 0).expect_err("no integer");

        assert_eq!(error.kind(), ErrorKind::NotInteger, "{text:?}");
        assert!(error.message().contains("increment \"n\""), "{error}");
        assert_eq!(at.entry(b"n"), before);
    }
}

fn a_sum_out_of_range_is_refused_and_the_counter_stays(at) {
    for (start, delta) in [(i64::MAX, 1), (i64::MIN, -1), (i64::MAX, i64::MAX)] {
        at.set(b"n", start.to_string().as_bytes());

        let error = at.store.increment(no_group(), key(b"n"), delta, 0).expect_err("too far");

        assert_eq!(error.kind(), ErrorKind::NotInteger);
        assert_eq!(at.increment(b"n", 0), start);
    }
}

fn the_extremes_are_reached_exactly(at) {
    assert_eq!(at.increment(b"up", i64::MAX), i64::MAX);
    assert_eq!(at.increment(b"down", i64::MIN), i64::MIN);
    assert_eq!(at.increment(b"up", i64::MIN), -1);
}

fn a_fixed_window_is_one_call(at) {
    let hit = || at.store.increment(no_group(), key(b"ip"), 1, 1_000).expect("increment");

    assert_eq!((hit(), hit()), (1, 2));
    at.clock.advance(999);
    assert_eq!(hit(), 3);
    assert_eq!(at.ttl(b"ip"), Some(Ttl::Millis(1)));
    at.clock.advance(1);

    assert_eq!(hit(), 1);
    assert_eq!(at.ttl(b"ip"), Some(Ttl::Millis(1_000)));
}

fn an_increment_of_a_lasting_counter_ignores_the_ttl_for_creation(at) {
    at.set(b"n", b"1");

    at.store.increment(no_group(), key(b"n"), 1, 1_000).expect("increment");

    assert_eq!(at.ttl(b"n"), Some(Ttl::Never));
}

fn increments_of_many_threads_lose_nothing(at) {
    let meetings = Meetings::default();
    let rounds = race_until_met(|_| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..250 {
                        meetings.call(|| at.increment(b"n", 1));
                    }
                });
            }
        });
        meetings.count() > 0
    });

    assert_eq!(at.increment(b"n", 0), 1_000 * rounds as i64);
}

fn appends_of_many_threads_lose_nothing(at) {
    let meetings = Meetings::default();
    let rounds = race_until_met(|_| {
        std::thread::scope(|scope| {
            for id in 0..4_u8 {
                let meetings = &meetings;
                scope.spawn(move || {
                    for _ in 0..100 {
                        meetings.call(|| at.append(b"log", &[id; 20]));
                    }
                });
            }
        });
        meetings.count() > 0
    });

    let log = at.get(b"log").expect("a log");
    assert_eq!(log.len(), 8_000 * rounds);
    assert!(log.chunks(20).all(|it| it.iter().all(|byte| *byte == it[0])));
}

}
