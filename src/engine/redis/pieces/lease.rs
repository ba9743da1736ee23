//! Leases of pieces: those of a value that is being written, or was replaced while it is read,
//! expire on the server unless a process renews their expiry.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use redis::cmd;

use crate::engine::redis::client::server::Server;
use crate::engine::redis::pieces::keys::PieceKeys;
use crate::engine::stop::Stop;
use crate::error::Result;
use crate::os::spawn;

/// The time after which pieces expire, in milliseconds; src/engine/redis/scripts/group.lua has it
/// too.
pub(crate) const LEASE_MS: u64 = 60_000;
/// The interval at which a process renews its leases.
const RENEWAL: Duration = Duration::from_millis(LEASE_MS / 4);

/// The leases of a store, and the thread that renews them.
pub(crate) struct Leases {
    server: Arc<Server>,
    held: Arc<Mutex<Held>>,
    stop: Arc<Stop>,
    /// The thread, once there was a lease.
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Held {
    last: u64,
    /// The keys of each, by its number; a program has few at once.
    keys: Vec<(u64, PieceKeys)>,
}

/// A lease, which ends when this is dropped.
pub(crate) struct Lease {
    number: u64,
    held: Arc<Mutex<Held>>,
}

impl Leases {
    pub(crate) fn new(server: Arc<Server>) -> Leases {
        Leases { server, held: Arc::default(), stop: Arc::default(), thread: Mutex::default() }
    }

    /// Renews the expiry of these keys, where they have one, from now on.
    pub(crate) fn hold(&self, keys: PieceKeys) -> Result<Lease> {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            let (server, held, stop) = (self.server.clone(), self.held.clone(), self.stop.clone());
            let work = move || {
                while !stop.wait(RENEWAL) {
                    let keys: Vec<_> = held.lock().keys.iter().map(|it| it.1.clone()).collect();
                    // Those of a committed value have no expiry, and get none.
                    let renew =
                        |name: &[u8]| cmd("PEXPIRE").arg(name).arg(LEASE_MS).arg("XX").clone();
                    for keys in keys {
                        // Keys on a server that does not reply hold up no others; the next round
                        // comes before they expire.
                        let mut pages = keys.pages(renew).take_while(|_| !stop.is_requested());
                        drop(pages.try_for_each(|page| server.call_many(&page).map(drop)));
                    }
                }
            };
            *thread = Some(spawn("kv-redis-lease", work)?);
        }
        drop(thread);
        let mut held = self.held.lock();
        held.last += 1;
        let number = held.last;
        held.keys.push((number, keys));
        Ok(Lease { number, held: self.held.clone() })
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(thread) = self.thread.get_mut().take() {
            // A panic of the thread was reported when it happened.
            drop(thread.join());
        }
    }
}

impl Lease {
    /// Adds a key for the pieces up to this number of them.
    pub(crate) fn extend(&self, count: u64) {
        let mut held = self.held.lock();
        let own = held.keys.iter_mut().find(|it| it.0 == self.number);
        if let Some((_, PieceKeys { count: Some(known), .. })) = own {
            *known = count;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.held.lock().keys.retain(|it| it.0 != self.number);
    }
}
