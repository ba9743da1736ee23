//! What others write: one thread hears it from all servers and tells it on.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::call::CallContext;
use crate::engine::redis::client::server::Server;
use crate::engine::redis::client::subscriber::{Received, Subscriber};
use crate::engine::redis::layout::Layout;
use crate::engine::redis::listen::message::{Message, micros_now};
use crate::engine::redis::options::RedisOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Change, ChangeKind, Group, Observer};
use crate::os::{EventFd, spawn, wait_readable};

/// How long is waited before the servers are listened to again, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// What is received of all changes, and who waits for what.
pub struct ChangeListener {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Held by who marks a place in the order of changes.
    barrier_lock: Mutex<()>,
}

struct Shared {
    server: Arc<Server>,
    layout: Layout,
    channel: Vec<u8>,
    database: u32,
    expiry_events: bool,
    timeout: Duration,
    observer: Arc<dyn Observer>,
    /// Who we are in the messages of our scripts.
    token: String,
    numbers: AtomicU64,
    closing: AtomicBool,
    wake: EventFd,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    listening: bool,
    /// Why nothing is received.
    trouble: Option<Error>,
    /// Messages of our own that are waited for.
    awaited: HashSet<u64>,
    barrier: Barrier,
}

/// A place in the order of changes, where the thread stops until somebody has looked around.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum Barrier {
    #[default]
    None,
    /// The message of this number will be the place.
    Set(u64),
    /// The thread is there and waits.
    Reached,
}

impl ChangeListener {
    /// Returns a listener that hears nothing yet.
    pub fn new(
        server: Arc<Server>,
        layout: Layout,
        options: &RedisOptions,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        let shared = Shared {
            server,
            channel: layout.channel(options.client.database),
            layout,
            database: options.client.database,
            expiry_events: options.expiry_events,
            timeout: options.client.call_timeout,
            observer,
            token: format!("{:016x}", RandomState::new().hash_one(0)),
            numbers: AtomicU64::new(1),
            closing: AtomicBool::new(false),
            wake: EventFd::new()?,
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        Ok(ChangeListener {
            shared: Arc::new(shared),
            thread: Mutex::default(),
            barrier_lock: Mutex::default(),
        })
    }

    /// Returns the channel on which scripts tell of changes.
    pub fn channel(&self) -> &[u8] {
        &self.shared.channel
    }

    /// Returns a new number for a message, and how scripts name its origin.
    pub fn origin(&self) -> (u64, String) {
        let number = self.shared.numbers.fetch_add(1, Ordering::Relaxed);
        (number, format!("{}:{number}", self.shared.token))
    }

    /// Says that the message of this number will be waited for, if it will be received at all.
    pub fn expect(&self, number: u64) -> bool {
        let mut state = self.shared.state.lock();
        state.listening && state.awaited.insert(number)
    }

    /// Waits until the message of this number was told on, or will never be.
    pub fn wait_for(&self, number: u64) {
        let deadline = Instant::now() + self.shared.timeout;
        let mut state = self.shared.state.lock();
        while state.awaited.contains(&number) {
            if self.shared.changed.wait_until(&mut state, deadline).timed_out() {
                state.awaited.remove(&number);
            }
        }
    }

    /// Does not wait for the message of this number: it was not sent.
    pub fn forget(&self, number: u64) {
        self.shared.state.lock().awaited.remove(&number);
    }

    /// Calls `begin` at the place in the order of changes where `send` has a message sent. It is
    /// handed the origin of the message.
    pub fn barrier<R>(
        &self,
        call: &CallContext,
        send: impl FnOnce(&str) -> Result<R>,
        begin: &mut dyn FnMut(),
    ) -> Result<R> {
        self.listen(call)?;
        let _marking = call
            .lock(|| self.barrier_lock.lock(), |until| self.barrier_lock.try_lock_until(until))?;
        let (number, origin) = self.origin();
        self.shared.state.lock().barrier = Barrier::Set(number);
        let sent = send(&origin);
        let mut state = self.shared.state.lock();
        let mut waited = Ok(());
        if sent.is_ok() {
            let deadline = Instant::now() + self.shared.timeout;
            waited = self.wait(call, &mut state, deadline, |it| it.barrier != Barrier::Set(number));
        }
        let reached = state.barrier == Barrier::Reached;
        if reached {
            // The thread waits meanwhile, so nothing is told on; and nothing is locked.
            MutexGuard::unlocked(&mut state, begin);
        }
        state.barrier = Barrier::None;
        drop(state);
        self.shared.changed.notify_all();
        match (sent, reached) {
            (Ok(sent), false) => {
                drop(sent);
                waited?;
                let message = "the connection on which changes are received was lost";
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            (sent, _) => sent,
        }
    }

    /// Returns once changes are received.
    fn listen(&self, call: &CallContext) -> Result<()> {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            let shared = self.shared.clone();
            *thread = Some(spawn("kv-redis-listener", move || shared.run())?);
        }
        drop(thread);
        let deadline = Instant::now() + self.shared.timeout;
        let mut state = self.shared.state.lock();
        if !state.listening {
            // What stood in the way before is tried again now.
            state.trouble = None;
            self.shared.wake.signal();
        }
        let is_done = |state: &State| state.listening || state.trouble.is_some();
        self.wait(call, &mut state, deadline, is_done)?;
        match (&state.trouble, state.listening) {
            (_, true) => Ok(()),
            (Some(trouble), _) => Err(trouble.clone()),
            _ => Err(Error::new(ErrorKind::Unavailable, "no server can be listened to in time")),
        }
    }

    /// Waits until `is_done` or `deadline`; fails when `call` is to end.
    fn wait(
        &self,
        call: &CallContext,
        state: &mut MutexGuard<'_, State>,
        deadline: Instant,
        is_done: impl Fn(&State) -> bool,
    ) -> Result<()> {
        while !is_done(state) && Instant::now() < deadline {
            self.shared.changed.wait_until(state, call.nap(deadline));
            if !is_done(state) {
                call.check_unlocked(state)?;
            }
        }
        Ok(())
    }
}

impl Drop for ChangeListener {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        self.shared.wake.signal();
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.lock().take() {
            // It has no panic to pass on that was not told already.
            drop(thread.join());
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut pause = PAUSE_MIN;
        let mut heard_before = false;
        while !self.closing.load(Ordering::Acquire) {
            let subscriber =
                Subscriber::open(&self.server, &self.channel, self.database, self.expiry_events);
            let error = match subscriber {
                Ok(mut subscriber) => {
                    pause = PAUSE_MIN;
                    if std::mem::replace(&mut heard_before, true) {
                        // From here on everything is received again; how much was not, nobody knows.
                        self.observer.publish_gap(0, 0);
                    }
                    self.set_listening(true, None);
                    let error = self.receive(&mut subscriber);
                    self.set_listening(false, None);
                    error
                }
                Err(error) => error,
            };
            if self.closing.load(Ordering::Acquire) {
                return;
            }
            self.set_listening(false, Some(error));
            let wake = [self.wake.raw()];
            // A failed wait is a short one.
            drop(wait_readable(&wake, Some(pause)));
            self.wake.clear();
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Tells on what is received until that fails.
    fn receive(&self, subscriber: &mut Subscriber) -> Error {
        loop {
            let received = subscriber.next(&self.server, &self.wake, self.timeout);
            if self.closing.load(Ordering::Acquire) {
                return Error::new(ErrorKind::Closed, "the store is closed");
            }
            match received {
                Ok(Received::Message(node, payload)) => self.tell(&node, &payload),
                Ok(Received::Expired(name)) => self.publish_expired(&name),
                Ok(Received::Nothing) => {}
                Err(error) => return error,
            }
        }
    }

    fn tell(&self, node: &[u8], payload: &[u8]) {
        // A cluster sends each message to all servers; it is taken from the one it was sent on.
        let Some(message) = Message::parse(payload).filter(|it| it.node == node) else { return };
        if !message.changes.is_empty() {
            self.observer.publish(&message.changes);
        }
        let number = std::str::from_utf8(message.origin)
            .ok()
            .and_then(|origin| origin.strip_prefix(self.token.as_str())?.strip_prefix(':'))
            .and_then(|number| number.parse::<u64>().ok());
        let Some(number) = number else { return };
        let mut state = self.state.lock();
        if state.awaited.remove(&number) {
            self.changed.notify_all();
        }
        if state.barrier == Barrier::Set(number) {
            state.barrier = Barrier::Reached;
            self.changed.notify_all();
            while state.barrier == Barrier::Reached && !self.closing.load(Ordering::Acquire) {
                self.changed.wait_for(&mut state, PAUSE_MAX);
            }
        }
    }

    /// A plain key has died, says the server.
    fn publish_expired(&self, name: &[u8]) {
        let Some(key) = name.strip_prefix(self.layout.plain()) else { return };
        if self.layout.is_reserved(key) {
            return;
        }
        let change = Change::new(ChangeKind::Expire, Group::DEFAULT, key, b"", micros_now());
        self.observer.publish(&[Arc::new(change)]);
    }

    fn set_listening(&self, listening: bool, trouble: Option<Error>) {
        let mut state = self.state.lock();
        state.listening = listening;
        state.trouble = trouble;
        if !listening {
            state.awaited.clear();
            if let Barrier::Set(_) = state.barrier {
                state.barrier = Barrier::None;
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}
