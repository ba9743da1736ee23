//! Signals in a program that uses a Redis: none breaks a call, and none ends the program.

use std::time::{Duration, Instant};

use crate::redis::{open, set, start};
use crate::support::redis::{Certificates, Setup};
use crate::support::{Child, key, no_group, say};
use std::sync::Arc;

/// The interval of the signals, in microseconds.
const EVERY: libc::suseconds_t = 2_000;
const SETS: u32 = 20_000;

extern "C" fn nothing(_: libc::c_int) {}

/// Lets the kernel send this process a signal every 2 ms.
fn begin_signals() {
    let every = libc::timeval { tv_sec: 0, tv_usec: EVERY };
    let timer = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: the handler does nothing, and the structures are initialised.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        assert_eq!(libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut()), 0);
        assert_eq!(libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()), 0);
    }
}

/// The other process: sets under signals, or writes to a server that cuts the connection.
pub fn child(role: &[String]) {
    let [work, location] = role else { panic!("a work and a location") };
    match work.as_str() {
        "timer" => {
            begin_signals();
            let store = open(location);
            let begun = Instant::now();
            let failed = (0..SETS).filter(|number| {
                let name = number.to_be_bytes();
                let result = store.set(no_group(), key(&name), b"v");
                result.inspect_err(|error| println!("{error}")).is_err()
            });
            let failed = failed.count();
            say(&format!("{failed} failed"));
            println!("{SETS} sets in {:?}", begun.elapsed());
        }
        _ => {
            // SAFETY: the default action of a signal that the runtime of Rust ignores.
            unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
            let store = open(location);
            set(&store, b"k", b"v");
            let large = vec![7; 64 << 20];
            say("ready");
            for _ in 0..20 {
                // The server is killed meanwhile.
                if store.set(no_group(), key(b"large"), &large).is_err() {
                    break;
                }
            }
            let again = store.set(no_group(), key(b"k"), b"v");
            say(if again.is_err() { "failed" } else { "set" });
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_signal_every_two_milliseconds_breaks_no_call() {
    let certificates = Arc::new(Certificates::new());
    let trust = format!("prefix=p&tls_ca={}", certificates.authority().display());
    for (setup, options) in [
        (Setup::default(), "prefix=p"),
        (Setup::default().tls(&certificates, "no"), trust.as_str()),
    ] {
        let server = start(setup);
        let mut child = Child::start("signals", &["timer", &server.location(options)]);
        assert_eq!(child.read_line(), "0 failed");
        child.join();
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_peer_that_closes_during_a_large_write_ends_no_program() {
    let certificates = Arc::new(Certificates::new());
    let trust = format!("tls_ca={}", certificates.authority().display());
    for (setup, trust) in
        [(Setup::default(), ""), (Setup::default().tls(&certificates, "no"), trust.as_str())]
    {
        let server = start(setup.line("maxmemory 512mb"));
        let options = format!("prefix=p&call_timeout=1s&connect_timeout=1s&{trust}");
        let mut child = Child::start("signals", &["pipe", &server.location(&options)]);
        assert_eq!(child.read_line(), "ready");
        // Amid the first large write or one of the next.
        std::thread::sleep(Duration::from_millis(150));
        server.kill();
        assert_eq!(child.read_line(), "failed");
        child.join();
    }
}
