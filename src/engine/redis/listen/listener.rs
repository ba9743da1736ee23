//! The change listener: its threads receive change messages from all nodes and publish them to the
//! observer.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::call::CallContext;
use crate::engine::redis::client::server::Server;
use crate::engine::redis::client::subscription::Channels;
use crate::engine::redis::layout::Layout;
use crate::engine::redis::listen::message::node_of;
use crate::engine::redis::listen::shared::{Barrier, Shared, State};
use crate::engine::redis::listen::{receiver, roster};
use crate::engine::redis::options::RedisOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Observer;
use crate::os::{EventFlag, spawn};

/// Receives changes, and lets callers wait for their own messages and for barriers.
pub(crate) struct ChangeListener {
    shared: Arc<Shared>,
    /// The receiver and the roster, once a watch was opened.
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Held by a call that waits for its barrier: there is one at a time.
    barrier_lock: Mutex<()>,
}

impl ChangeListener {
    /// Returns a listener that has not subscribed yet.
    pub(crate) fn new(
        server: Arc<Server>,
        layout: Layout,
        options: &RedisOptions,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        let channels = Channels {
            changes: layout.channel(options.client.database),
            database: options.client.database,
            expiry_events: options.expiry_events,
            in_cluster: server.is_cluster(),
            timeout: options.client.call_timeout,
        };
        let shared = Arc::new(Shared {
            server,
            layout,
            channels,
            observer,
            token: format!("{:016x}", RandomState::new().hash_one(0)),
            numbers: AtomicU64::new(1),
            closing: AtomicBool::new(false),
            wake: EventFlag::new()?,
            has_orders: AtomicBool::new(false),
            state: Mutex::default(),
            changed: Condvar::new(),
            renewal: Condvar::new(),
        });
        let weak = Arc::downgrade(&shared);
        shared.server.on_change(Box::new(move || {
            if let Some(shared) = weak.upgrade() {
                shared.renew_soon();
            }
        }));
        let (threads, barrier_lock) = (Mutex::default(), Mutex::default());
        Ok(ChangeListener { shared, threads, barrier_lock })
    }

    /// Returns the channel on which scripts publish changes.
    pub(crate) fn channel(&self) -> &[u8] {
        &self.shared.channels.changes
    }

    /// Returns a new number for a message, and the origin that contains it.
    pub(crate) fn origin(&self) -> (u64, String) {
        let number = self.shared.numbers.fetch_add(1, Ordering::Relaxed);
        (number, format!("{}:{number}", self.shared.token))
    }

    /// Registers a message that [`ChangeListener::wait_for`] will wait for; returns whether there
    /// are subscriptions, on one of which it may arrive.
    pub(crate) fn expect(&self, number: u64) -> bool {
        let mut state = self.shared.state.lock();
        state.was_complete && state.awaited.insert(number)
    }

    /// Waits until the message with this number was published to the observer, or until the call
    /// timeout since `begun`. Does not wait for a message of a node on which there is no
    /// subscription, or no longer: then watches are notified that changes may have been missed. Nor
    /// does it wait for a message with a number from before the subscription: watches were notified
    /// when that began.
    pub(crate) fn wait_for(&self, number: u64, begun: Instant, message: &[u8]) {
        let Some(node) = node_of(message) else { return };
        let deadline = begun + self.shared.channels.timeout;
        let mut state = self.shared.state.lock();
        while state.awaited.contains(&number) {
            let since = state.subscribed_since(node);
            if since.is_some_and(|since| number < since) {
                state.awaited.remove(&number);
                return;
            }
            let is_subscribed = since.is_some();
            if is_subscribed && !self.shared.changed.wait_until(&mut state, deadline).timed_out() {
                continue;
            }
            state.awaited.remove(&number);
            state.has_missed = true;
            if is_subscribed {
                // From here on no call waits for this subscription. The next one of this node,
                // which may be there before the receiver ends this one, is another.
                let state = &mut *state;
                let silent = state.subscribed.extract_if(|_, it| it.name == node);
                state.silent.extend(silent.map(|it| it.0));
                state.give_up_barrier();
            }
            drop(state);
            self.shared.changed.notify_all();
            self.shared.wake_receiver();
            self.shared.renew_soon();
            return;
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
            let deadline = Instant::now() + self.shared.channels.timeout;
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

    /// Starts the threads if needed, and waits until every master is subscribed.
    fn listen(&self, call: &CallContext) -> Result<()> {
        let mut threads = self.threads.lock();
        if threads.is_empty() {
            let [one, other] = [(); 2].map(|()| self.shared.clone());
            threads.push(spawn("kv-redis-listener", move || receiver::run(&one))?);
            threads.push(spawn("kv-redis-roster", move || roster::run(&other))?);
        }
        drop(threads);
        let deadline = Instant::now() + self.shared.channels.timeout;
        let mut state = self.shared.state.lock();
        if !state.is_complete() {
            // The thread tries again at once, even if it has failed before.
            state.trouble = None;
            state.renewal_due = true;
            self.shared.renewal.notify_all();
        }
        let is_done = |state: &State| state.is_complete() || state.trouble.is_some();
        self.wait(call, &mut state, deadline, is_done)?;
        match (&state.trouble, state.is_complete()) {
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
        // Under the lock, so that no thread is between its look at the flag and its wait.
        let state = self.shared.state.lock();
        self.shared.closing.store(true, Ordering::Release);
        drop(state);
        self.shared.wake.signal();
        self.shared.changed.notify_all();
        self.shared.renewal.notify_all();
        for thread in self.threads.lock().drain(..) {
            // A panic of the thread was reported when it happened.
            drop(thread.join());
        }
    }
}
