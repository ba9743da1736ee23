//! Idempotency records: which caller runs an operation, gets its response, or comes too late.

use std::sync::Barrier;

use crate::conformance::fixture::Fixture;
use crate::support::{Meetings, group, key, race_until_met};
use kv::{
    BeginOutcome, ErrorKind, Expiry, IDEMPOTENCY_GROUP, Idempotency, KEY_LEN_MAX, REQUEST_HASH_LEN_MAX,
    RecordState, CompleteOutcome, VALUE_LEN_MAX,
};

fn begin(at: &Fixture, name: &[u8], ttl_ms: i64) -> BeginOutcome {
    begin_request(at, name, b"hash", ttl_ms)
}

fn begin_request(at: &Fixture, name: &[u8], request: &[u8], ttl_ms: i64) -> BeginOutcome {
    Idempotency::new(&at.store).begin(key(name), request, ttl_ms).expect("begin")
}

fn start(at: &Fixture, name: &[u8], ttl_ms: i64) -> u64 {
    match begin(at, name, ttl_ms) {
        BeginOutcome::Started(token) => token,
        begun => panic!("{begun:?} instead of a start"),
    }
}

fn complete(at: &Fixture, name: &[u8], token: u64, response: &[u8]) -> CompleteOutcome {
    Idempotency::new(&at.store).complete(key(name), token, response).expect("complete")
}

fn get(at: &Fixture, name: &[u8]) -> Option<RecordState> {
    Idempotency::new(&at.store).get(key(name)).expect("get")
}

/// Returns the response of a completed operation and when it expires.
fn replayed(begun: BeginOutcome) -> (Vec<u8>, Option<Expiry>) {
    match begun {
        BeginOutcome::Completed(entry) => (entry.value.to_vec(), entry.expires_at),
        begun => panic!("{begun:?} instead of a response"),
    }
}

cases! {

fn the_first_starts_the_others_wait_and_then_get_its_response(at) {
    let token = start(at, b"pay", 0);
    assert_eq!(begin(at, b"pay", 0), BeginOutcome::InProgress);
    assert_eq!(get(at, b"pay"), Some(RecordState::InProgress));

    assert_eq!(complete(at, b"pay", token, b"paid"), CompleteOutcome::Done);

    assert_eq!(replayed(begin(at, b"pay", 0)), (b"paid".to_vec(), None));
    let Some(RecordState::Completed(entry)) = get(at, b"pay") else { panic!("no response") };
    assert_eq!(&entry.value[..], b"paid");
}

fn another_request_under_the_key_is_a_mismatch_before_and_after(at) {
    let token = start(at, b"pay", 0);
    for other in [&b"other"[..], b"", b"hash\0", b"HASH", b"hash "] {
        assert_eq!(begin_request(at, b"pay", other, 0), BeginOutcome::Mismatch);
    }
    complete(at, b"pay", token, b"paid");

    assert_eq!(begin_request(at, b"pay", b"other", 0), BeginOutcome::Mismatch);
    assert_eq!(replayed(begin(at, b"pay", 0)).0, b"paid");
}

fn an_empty_response_an_empty_request_and_any_bytes_are_fine(at) {
    for name in [&b""[..], b"\0", b"\xFF\xFE", b" pay ", &[b'k'; KEY_LEN_MAX]] {
        let BeginOutcome::Started(token) = begin_request(at, name, b"", 0) else { panic!("a start") };
        assert_eq!(complete(at, name, token, b""), CompleteOutcome::Done);
        assert_eq!(replayed(begin_request(at, name, b"", 0)).0, b"");
    }
    assert!(matches!(begin(at, b"pay", 0), BeginOutcome::Started(_)), "keys are not trimmed");
}

fn a_record_expires_whether_it_was_completed_or_not(at) {
    start(at, b"slow", 100);
    let token = start(at, b"quick", 100);
    complete(at, b"quick", token, b"done");

    at.clock.advance(99);
    assert_eq!(begin(at, b"slow", 100), BeginOutcome::InProgress);
    replayed(begin(at, b"quick", 100));

    at.clock.advance(1);
    assert_eq!((get(at, b"slow"), get(at, b"quick")), (None, None));
    assert!(matches!(begin(at, b"slow", 100), BeginOutcome::Started(_)));
    assert!(matches!(begin(at, b"quick", 100), BeginOutcome::Started(_)));
}

fn completing_keeps_the_ttl_and_asking_does_not_prolong_it(at) {
    let token = start(at, b"pay", 100);
    at.clock.advance(40);
    let ends = kv::Timestamp::from_micros(crate::conformance::fixture::START.as_micros() + 100_000);

    assert_eq!(complete(at, b"pay", token, b"paid"), CompleteOutcome::Done);

    let expires_at = Some(Expiry::at_millis(ends.as_millis()));
    assert_eq!(replayed(begin(at, b"pay", 1_000_000)), (b"paid".to_vec(), expires_at));
    assert_eq!(replayed(begin(at, b"pay", 0)).1, expires_at);
}

fn ttl_0_is_for_ever_and_a_negative_one_is_refused(at) {
    start(at, b"pay", 0);
    at.clock.advance(1_000 * 365 * 86_400 * 1_000);
    assert_eq!(begin(at, b"pay", 0), BeginOutcome::InProgress);

    for ttl_ms in [-2, i64::MIN + 1] {
        let refused = Idempotency::new(&at.store).begin(key(b"new"), b"hash", ttl_ms);
        assert_eq!(refused.expect_err("refused").kind(), ErrorKind::Argument);
    }
    assert_eq!(get(at, b"new"), None);
}

fn a_late_completer_is_refused_after_a_take_over(at) {
    let late = start(at, b"pay", 10);
    at.clock.advance(10);
    assert_eq!(complete(at, b"pay", late, b"late"), CompleteOutcome::Absent, "expired, no other caller yet");
    assert_eq!(get(at, b"pay"), None);

    let next = start(at, b"pay", 10);
    assert_ne!(late, next);
    assert_eq!(complete(at, b"pay", late, b"late"), CompleteOutcome::Refused);
    assert_eq!(get(at, b"pay"), Some(RecordState::InProgress));

    assert_eq!(complete(at, b"pay", next, b"next"), CompleteOutcome::Done);
    assert_eq!(complete(at, b"pay", late, b"late"), CompleteOutcome::Refused);
    assert_eq!(replayed(begin(at, b"pay", 0)).0, b"next");
}

fn completing_works_only_from_in_progress_and_with_the_token(at) {
    assert_eq!(complete(at, b"pay", 7, b"x"), CompleteOutcome::Absent);
    let token = start(at, b"pay", 0);
    let other = start(at, b"other", 0);

    assert_eq!(complete(at, b"pay", other, b"x"), CompleteOutcome::Refused);
    assert_eq!(complete(at, b"pay", token ^ 1, b"x"), CompleteOutcome::Refused);
    assert_eq!(complete(at, b"pay", token, b"first"), CompleteOutcome::Done);
    assert_eq!(complete(at, b"pay", token, b"second"), CompleteOutcome::Refused);

    assert_eq!(replayed(begin(at, b"pay", 0)).0, b"first");
    let zero = Idempotency::new(&at.store).complete(key(b"pay"), 0, b"x");
    assert_eq!(zero.expect_err("never given").kind(), ErrorKind::Argument);
}

fn a_forgotten_operation_can_be_started_again(at) {
    let records = Idempotency::new(&at.store);
    assert_eq!(records.forget(key(b"pay")), Ok(false));
    let token = start(at, b"pay", 0);
    assert_eq!(records.forget(key(b"pay")), Ok(true));
    assert_eq!(complete(at, b"pay", token, b"x"), CompleteOutcome::Absent);

    let token = start(at, b"pay", 0);
    complete(at, b"pay", token, b"paid");
    assert_eq!(records.forget(key(b"pay")), Ok(true));
    assert_eq!(get(at, b"pay"), None);
}

fn a_caller_that_has_failed_gives_up_only_its_own_record(at) {
    let records = Idempotency::new(&at.store);
    assert_eq!(records.release(key(b"pay"), 7), Ok(CompleteOutcome::Absent));
    let failed = start(at, b"pay", 10);
    assert_eq!(records.release(key(b"pay"), failed ^ 1), Ok(CompleteOutcome::Refused));
    assert_eq!(records.release(key(b"pay"), failed), Ok(CompleteOutcome::Done));

    let late = start(at, b"pay", 10);
    at.clock.advance(10);
    let next = start(at, b"pay", 10);
    assert_eq!(records.release(key(b"pay"), late), Ok(CompleteOutcome::Refused));
    assert_eq!(complete(at, b"pay", next, b"paid"), CompleteOutcome::Done);
    assert_eq!(records.release(key(b"pay"), next), Ok(CompleteOutcome::Refused), "it is completed");
    assert_eq!(replayed(begin(at, b"pay", 0)).0, b"paid");
}

fn what_is_too_long_is_refused_and_leaves_no_record(at) {
    let records = Idempotency::new(&at.store);
    let request = [0; REQUEST_HASH_LEN_MAX + 1];
    let refused = records.begin(key(b"pay"), &request, 0).expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    assert!(refused.message().contains("1025") && refused.message().contains("pay"));
    assert_eq!(get(at, b"pay"), None);

    let longest = &request[1..];
    let BeginOutcome::Started(token) = begin_request(at, b"pay", longest, 0) else { panic!("a start") };
    let refused = records.complete(key(b"pay"), token, &vec![0; VALUE_LEN_MAX]);
    assert_eq!(refused.expect_err("refused").kind(), ErrorKind::TooLarge);
    assert_eq!(complete(at, b"pay", token, b"shorter"), CompleteOutcome::Done);
}

fn bytes_that_are_no_record_are_reported_as_such_and_can_be_forgotten(at) {
    at.set_in(IDEMPOTENCY_GROUP, b"pay", b"something else");
    let records = Idempotency::new(&at.store);

    let kinds = [
        records.begin(key(b"pay"), b"hash", 0).expect_err("no record").kind(),
        records.get(key(b"pay")).expect_err("no record").kind(),
        records.complete(key(b"pay"), 7, b"x").expect_err("no record").kind(),
        records.release(key(b"pay"), 7).expect_err("no record").kind(),
    ];

    assert_eq!(kinds, [ErrorKind::Corrupt; 4]);
    assert_eq!(at.get_in(IDEMPOTENCY_GROUP, b"pay"), Some(b"something else".to_vec()));
    assert_eq!(records.forget(key(b"pay")), Ok(true));
}

fn records_are_entries_of_their_group_and_of_no_other(at) {
    at.set(b"pay", b"unrelated");
    start(at, b"pay", 0);

    assert_eq!(at.groups(b""), [&b""[..], IDEMPOTENCY_GROUP]);
    assert_eq!(at.count(IDEMPOTENCY_GROUP), 1);
    assert_eq!(at.get(b"pay"), Some(b"unrelated".to_vec()));
    assert_eq!(at.store.delete_group(group(IDEMPOTENCY_GROUP)), Ok(1));
    assert_eq!(get(at, b"pay"), None);
}

fn of_many_threads_exactly_one_starts(at) {
    let (meetings, barrier) = (Meetings::default(), Barrier::new(8));
    race_until_met(|round| {
        let (meetings, barrier) = (&meetings, &barrier);
        let begin = move || {
            barrier.wait();
            meetings.call(|| begin(at, &[round], 1_000))
        };
        let started: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(begin)).collect();
            let begun = threads.into_iter().map(|it| it.join().expect("no panic"));
            begun.filter(|begun| matches!(begun, BeginOutcome::Started(_))).count()
        });

        assert_eq!(started, 1);
        round >= 19 && meetings.count() > 0
    });
}

}
