// Stores whose calls have a deadline and can be cancelled.

'use strict';

const koffi = require('koffi');
const { integer, options, wait } = require('./arguments');
const { runSync } = require('./calls');
const { callbackOf, functions } = require('./library');
const { Opened } = require('./location');
const { number } = require('./memory');

// Returns the class of bound stores, which have every method of a store.
function boundClass(Store) {
  // One bound store serves one call at a time.
  return class BoundStore extends Store {
    #poll = null;
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

    // Sets a function that is called about every 10 ms while a call waits or works in this thread;
    // true ends the call. null removes it. With it there are no calls by `async`.
    pollWith(poll) {
      const callback = poll === null ? null : registered(poll);
      runSync(one(functions.kv_arm_poll, this.handle, callback, null));
      if (this.#poll) koffi.unregister(this.#poll);
      this.#poll = callback;
    }

    get async() {
      if (this.#poll) throw new TypeError('a bound store with pollWith has no calls by async');
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
      const handle = super.end();
      if (handle && this.#poll) {
        functions.kv_arm_poll(handle, null, null, null);
        koffi.unregister(this.#poll);
        this.#poll = null;
      }
      return handle;
    }
  };
}

function* one(...call) {
  yield call;
}

function registered(poll) {
  if (typeof poll !== 'function') throw new TypeError('pollWith takes a function or null');
  return koffi.register(() => {
    try {
      return poll() ? 1 : 0;
    } catch {
      return 1;
    }
  }, koffi.pointer(callbackOf('kv_poll_fn')));
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
