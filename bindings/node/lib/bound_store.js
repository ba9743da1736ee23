// Stores whose calls have a deadline and can be cancelled.

'use strict';

const { koffi } = require('./koffi');
const { integer, options, wait } = require('./arguments');
const { runSync } = require('./calls');
const { callbackOf, functions } = require('./library');
const { Opened } = require('./location');
const { number } = require('./memory');

// Returns the class of bound stores, which have every method of a store.
function boundClass(Store) {
  // One bound store serves one call at a time.
  return class BoundStore extends Store {
    #isPolled = false;
    #stopSignal = null;

    // Gives the next calls `deadlineMs` milliseconds together, from now on, or no deadline with
    // null, and undoes a cancel. Returns the number of the arming.
    arm(deadlineMs = null) {
      const ms = wait('deadlineMs', deadlineMs) ?? -1;
      const arming = number();
      runSync(one(functions.kv_arm, this.handle, ms, arming));
      return arming[0];
    }

    // Cancels the calls of an arming, or of the newest one.
    cancel(arming = 0n) {
      runSync(one(functions.kv_cancel, this.handle, integer('arming', arming, 'uint64')));
    }

    // Runs `work` with this store, and returns its result. While its calls wait or work, `poll` is
    // called about every 10 ms; true ends the call. They are calls in this thread.
    pollWith(poll, work) {
      for (const one of [poll, work]) {
        if (typeof one !== 'function') throw new TypeError('pollWith takes two functions');
      }
      if (this.#isPolled) throw new TypeError('pollWith runs already');
      const callback = registered(poll);
      try {
        runSync(one(functions.kv_arm_poll, this.handle, callback, null));
        this.#isPolled = true;
        return work(this);
      } finally {
        this.#isPolled = false;
        if (!this.isClosed) functions.kv_arm_poll(this.handle, null, null, null);
        koffi.unregister(callback);
      }
    }

    // In another thread the function would wait for this one.
    get async() {
      if (this.#isPolled) throw new TypeError('within pollWith there are no calls by async');
      return super.async;
    }

    // Cancels all calls, those of now and later ones, when a signal aborts.
    obey(signal) {
      const abort = () => {
        if (!this.isClosed) this.cancel();
      };
      this.#stopSignal = () => signal.removeEventListener('abort', abort);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort);
    }

    end() {
      this.#stopSignal?.();
      return super.end();
    }
  };
}

function* one(...call) {
  yield call;
}

// An exception of the function ends the call as well.
function registered(poll) {
  const run = () => {
    try {
      return poll() ? 1 : 0;
    } catch {
      return 1;
    }
  };
  return koffi.register(run, koffi.pointer(callbackOf('kv_poll_fn')));
}

// Returns a bound store, with a deadline `timeoutMs` from now.
function* bind(BoundStore, store, given) {
  const { timeoutMs = null, signal } = options('bind', given, ['timeoutMs', 'signal']);
  const id = number();
  yield [functions.kv_bind, store.handle, id];
  const bound = new BoundStore(new Opened(id[0], `${store.location} bound`, store));
  bound.arm(timeoutMs);
  if (signal) bound.obey(signal);
  return bound;
}

module.exports = { bind, boundClass };
