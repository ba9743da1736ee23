//! A program that runs while a lock is held.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use kv::{CallContext, Grant, Locks, Store};
use rustix::process::{Pid, Signal, kill_process};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::signal;
use crate::units::bytes;

/// How often the wait for the program looks for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The lease is renewed when this part of it has passed.
const RENEWALS_PER_LEASE: u32 = 3;

/// A lock for the time that a program runs.
pub struct LockedProgram<'s> {
    /// The store of the lock.
    pub store: &'s Store,
    /// The name of the lock.
    pub name: &'s [u8],
    /// The grant of the lock.
    pub grant: Grant,
    /// The lease of each renewal in milliseconds.
    pub lease_ms: i64,
}

impl LockedProgram<'_> {
    /// Runs the program, renews the lease until it ends, releases the lock, and returns the exit
    /// status of the program.
    pub fn run(&self, words: &[OsString]) -> Result<Outcome> {
        let interrupt = Interrupt::install()?;
        let locks = Locks::new(self.store);
        let status = self.begin(words).and_then(|child| self.wait(child, &interrupt));
        // After a signal the calls of this command are cancelled.
        signal::clear();
        let released = locks.release(self.name, self.grant);
        let status = status?;
        if !released? {
            let name = escaped(self.name);
            return Err(Failure::other(format!(
                "the lease of lock {name} has ended before the program; another owner may have held it"
            )));
        }
        Ok(match status.code().or(status.signal().map(|signal| 128 + signal)) {
            Some(0) => Outcome::Success,
            code => Outcome::Status(u8::try_from(code.unwrap_or(3)).unwrap_or(u8::MAX)),
        })
    }

    fn begin(&self, words: &[OsString]) -> Result<Child> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| Failure::usage("no program is given; name one behind --"))?;
        let child = Command::new(program)
            .args(arguments)
            .env("KV_LOCK_TOKEN", self.grant.token.to_string())
            .spawn();
        child.map_err(|error| Failure::other(format!("run {}: {error}", escaped(bytes(program)))))
    }

    /// Waits for the end of the program. If the lock is lost it sends SIGTERM; a signal other than
    /// Ctrl-C, which a terminal sends to both, is passed on.
    fn wait(&self, mut child: Child, interrupt: &Interrupt) -> Result<ExitStatus> {
        let process = Pid::from_child(&child);
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait()));
        let lease = Duration::from_millis(self.lease_ms.unsigned_abs());
        let mut renewed = Instant::now();
        let mut is_lost = false;
        let mut passed_on = None;
        loop {
            match ended.recv_timeout(POLL_INTERVAL) {
                Ok(status) => return status.map_err(Failure::from),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::other("the program cannot be waited for"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if interrupt.is_set() && passed_on != signal::received() {
                passed_on = signal::received();
                if passed_on != Some(signal_hook::consts::SIGINT) {
                    end(process);
                }
            }
            if !is_lost && renewed.elapsed() > lease / RENEWALS_PER_LEASE {
                // A signal to this command does not cancel the renewal.
                let store = self.store.bind(&CallContext::default());
                match Locks::new(&store).renew(self.name, self.grant, self.lease_ms) {
                    Ok(true) => renewed = Instant::now(),
                    // It may be free or another's: the next look would show the same.
                    Ok(false) => is_lost = true,
                    Err(_) if renewed.elapsed() > lease => is_lost = true,
                    // The next attempt is made before the lease ends.
                    Err(_) => {}
                }
                if is_lost {
                    eprintln!("kv: the lock was lost; the program is ended");
                    end(process);
                }
            }
        }
    }
}

/// Asks a process to end.
fn end(process: Pid) {
    // The process may have ended meanwhile.
    let _ = kill_process(process, Signal::TERM);
}
