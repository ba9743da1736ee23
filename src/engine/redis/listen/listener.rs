//! The change listener: one thread receives change messages from all nodes and publishes them to
//! the observer.

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

/// The pause before the thread subscribes again, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Receives changes, and lets callers wait for their own messages and for barriers.
pub(crate) struct ChangeListener {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Held by a call that waits for its barrier: there is one at a time.
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
    /// The random name of this engine in the origins of its messages.
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
    /// The last failure to subscribe or to receive.
    trouble: Option<Error>,
    /// Numbers of own messages for which a call waits.
    awaited: HashSet<u64>,
    barrier: Barrier,
}

/// The state of the barrier, at which the thread stops until the caller of
/// [`ChangeListener::barrier`] continues.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum Barrier {
    #[default]
    None,
    /// The message with this number is the barrier.
    Set(u64),
    /// The thread has received the barrier and waits.
    Reached,
}

impl ChangeListener {
    /// Returns a listener that has not subscribed yet.
    pub(crate) fn new(
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

    /// Returns the channel on which scripts publish changes.
    pub(crate) fn channel(&self) -> &[u8] {
        &self.shared.channel
    }

    /// Returns a new number for a message, and the origin that contains it.
    pub(crate) fn origin(&self) -> (u64, String) {
        let number = self.shared.numbers.fetch_add(1, Ordering::Relaxed);
        (number, format!("{}:{number}", self.shared.token))
    }

    /// Registers a message that [`ChangeListener::wait_for`] will wait for; returns whether the
    /// thread is subscribed and will receive it.
    pub(crate) fn expect(&self, number: u64) -> bool {
        let mut state = self.shared.state.lock();
        state.listening && state.awaited.insert(number)
    }

    /// Waits until the message with this number was published to the observer, until the
    /// subscription is lost, or until the call timeout since `begun`.
    pub(crate) fn wait_for(&self, number: u64, begun: Instant) {
        let deadline = begun + self.shared.timeout;
        let mut state = self.shared.state.lock();
        while state.awaited.contains(&number) {
            if self.shared.changed.wait_until(&mut state, deadline).timed_out() {
                state.awaited.remove(&number);
            }
        }
    }

    /// Removes the registration of a message that was not sent.
    pub(crate) fn forget(&self, number: u64) {
        self.shared.state.lock().awaited.remove(&number);
    }

    /// Calls `begin` at the barrier that `send` publishes: the observer has received every change
    /// that the node of the barrier has published before, and receives none during the call. `send`
    /// gets the origin for the barrier message.
    pub(crate) fn barrier<R>(
        &self,
        call: &CallContext,
        send: impl FnOnce(&str) -> Result<R>,
        begin: &mut dyn FnMut(),
    ) -> Result<R> {
        self.listen(call)?;
        let _guard = call
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
            // The thread waits meanwhile, so it publishes nothing, and no lock is held.
            MutexGuard::unlocked(&mut state, begin);
        }
        state.barrier = Barrier::None;
        drop(state);
        self.shared.changed.notify_all();
        match (sent, reached) {
            (Ok(sent), false) => {
                drop(sent);
                waited?;
                let message =
                    "the connection on which changes are received was lost; open the watch again";
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            (sent, _) => sent,
        }
    }

    /// Starts the thread if needed, and waits until it is subscribed.
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
            // The thread tries again at once, even if it has failed before.
            state.trouble = None;
            self.shared.wake.signal();
        }
        let is_done = |state: &State| state.listening || state.trouble.is_some();
        self.wait(call, &mut state, deadline, is_done)?;
        match (&state.trouble, state.listening) {
            (_, true) => Ok(()),
            (Some(trouble), _) => Err(trouble.clone()),
            _ => Err(Error::new(
                ErrorKind::Unavailable,
                "no subscription was possible in time; try again",
            )),
        }
    }

    /// Waits until `is_done` or `deadline`; fails when `call` has to end.
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
            // A panic of the thread was printed when it happened.
            drop(thread.join());
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut pause = PAUSE_MIN;
        let mut was_subscribed = false;
        while !self.closing.load(Ordering::Acquire) {
            let subscriber = Subscriber::open(
                &self.server,
                &self.channel,
                self.database,
                self.expiry_events,
                self.timeout,
            );
            let error = match subscriber {
                Ok(mut subscriber) => {
                    pause = PAUSE_MIN;
                    if std::mem::replace(&mut was_subscribed, true) {
                        // The number of changes between the two subscriptions is unknown.
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
            // If the wait fails, there is no pause.
            drop(wait_readable(&wake, Some(pause)));
            self.wake.clear();
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Publishes received changes until a failure, which it returns.
    fn receive(&self, subscriber: &mut Subscriber) -> Error {
        loop {
            let received = subscriber.next(&self.server, &self.wake, self.timeout);
            if let Ok(Received::Nothing) = received {
                // Left raised, the flag would end each wait at once. `closing` is set before it is.
                self.wake.clear();
            }
            if self.closing.load(Ordering::Acquire) {
                return Error::new(ErrorKind::Closed, "the store is closed");
            }
            match received {
                Ok(Received::Message(node, payload)) => self.publish(&node, &payload),
                Ok(Received::Expired(name)) => self.publish_expired(&name),
                Ok(Received::Nothing) => {}
                Err(error) => return error,
            }
        }
    }

    /// Publishes the changes of a message, and reports it to calls that wait for it.
    fn publish(&self, node: &[u8], payload: &[u8]) {
        // A cluster sends each message to all nodes; only the copy from its origin counts.
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

    /// Publishes the expiry of a string key, which the server has reported.
    fn publish_expired(&self, name: &[u8]) {
        let Some(key) = name.strip_prefix(self.layout.string_prefix()) else { return };
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
