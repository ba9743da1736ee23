//! Money moves between accounts in eight threads of two processes; none is made, none is lost.

use std::path::Path;

use crate::support::{Child, Place, Random, group, key, listen, say, sqlite};
use kv::{Condition, SetExpiry, Store, Transaction};

const ACCOUNTS: usize = 5;
const OPENING: i64 = 1_000;
/// Of each process; the parent's and the child's make eight.
const THREADS: usize = 4;
const TRANSFERS: usize = 1_000;
/// More often than any transfer can be overtaken by the others, all of which end.
const ATTEMPTS: usize = 2 * THREADS * TRANSFERS;

fn open(path: &Path) -> Store {
    kv::open(&sqlite(path, "purge_interval=0")).expect("the store opens")
}

fn balance(transaction: &mut Transaction, store: &Store, account: usize) -> i64 {
    let name = [account as u8];
    let entry = transaction.get(store, group(b"accounts"), key(&name)).expect("get");
    let text = entry.expect("an account").value.to_vec();
    String::from_utf8(text).expect("decimal").parse().expect("decimal")
}

fn set_balance(transaction: &mut Transaction, store: &Store, account: usize, balance: i64) {
    let (name, text) = ([account as u8], balance.to_string());
    let (any, never) = (Condition::Any, SetExpiry::Never);
    let set = transaction.set(store, group(b"accounts"), key(&name), text.as_bytes(), any, never);
    assert_eq!(set, Ok(true));
}

/// Moves `amount` if there is enough; returns how many attempts it took.
fn transfer(store: &Store, from: usize, to: usize, amount: i64) -> usize {
    let mut transaction = Transaction::new();
    for attempt in 1..=ATTEMPTS {
        let (has, had) =
            (balance(&mut transaction, store, from), balance(&mut transaction, store, to));
        if has >= amount {
            set_balance(&mut transaction, store, from, has - amount);
            set_balance(&mut transaction, store, to, had + amount);
        }
        if transaction.commit(store).expect("commit") {
            return attempt;
        }
    }
    panic!("{ATTEMPTS} attempts without a commit");
}

/// Makes the transfers of one process; returns how many attempts were in vain.
fn transfer_all(store: &Store, seed: u64) -> usize {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS as u64)
            .map(|thread| {
                scope.spawn(move || {
                    let mut random = Random::of(seed + thread);
                    let mut vain = 0;
                    for _ in 0..TRANSFERS {
                        let from = random.within(0..ACCOUNTS);
                        let to = (from + random.within(1..ACCOUNTS)) % ACCOUNTS;
                        vain += transfer(store, from, to, random.within(1..400) as i64) - 1;
                    }
                    vain
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    })
}

/// Returns all balances as they were at one moment.
fn balances(store: &Store) -> Vec<i64> {
    let mut transaction = Transaction::new();
    for _ in 0..ATTEMPTS {
        let all = (0..ACCOUNTS).map(|account| balance(&mut transaction, store, account)).collect();
        if transaction.commit(store).expect("commit") {
            return all;
        }
    }
    panic!("{ATTEMPTS} attempts without a snapshot");
}

/// The other process; see [`Child`].
pub fn child(role: &[String]) {
    let [path] = role else { panic!("no role: {role:?}") };
    let store = open(Path::new(path));
    say("open");
    listen();
    say(&transfer_all(&store, 100).to_string());
}

#[test]
fn transfers_of_two_processes_keep_the_sum_and_no_snapshot_shows_another() {
    let place = Place::on_disk();
    let path = place.file("bank.db");
    let store = open(&path);
    for account in 0..ACCOUNTS as u8 {
        let opening = OPENING.to_string();
        store.set(group(b"accounts"), key(&[account]), opening.as_bytes()).expect("set");
    }
    let mut child = Child::start("transfers", &[path.to_str().expect("a path in UTF-8")]);
    assert_eq!(child.read_line(), "open");

    child.send_line("go");
    let (ours, seen) = std::thread::scope(|scope| {
        let transfers = scope.spawn(|| transfer_all(&store, 1));
        let mut seen = 0;
        while !transfers.is_finished() {
            let now = balances(&store);
            assert_eq!(now.iter().sum::<i64>(), OPENING * ACCOUNTS as i64, "{now:?}");
            seen += 1;
        }
        (transfers.join().expect("no panic"), seen)
    });
    let theirs: usize = child.read_line().parse().expect("a number");
    child.join();

    let last = balances(&store);
    println!("{ours} + {theirs} attempts in vain, {seen} snapshots, {last:?}");
    assert_eq!(last.iter().sum::<i64>(), OPENING * ACCOUNTS as i64);
    assert!(last.iter().all(|balance| *balance >= 0), "{last:?}");
    assert_ne!(last, [OPENING; ACCOUNTS], "nothing was transferred");
    assert!(ours + theirs > 0, "no transfer met another, so nothing was tested");
    store.check().expect("sound");
}
