// Callbacks: functions of the program that receive every change of this process.

'use strict';

const { isMainThread } = require('node:worker_threads');
const { Awaited } = require('./calls');
const { CallbackThread } = require('./callback_thread');
const { KvError } = require('./errors');
const { constants: K, functions } = require('./library');

// A callback of a program.
class Subscription {
  #id = null;
  #thread;

  constructor(store, callback) {
    this.#thread = new CallbackThread('change', store.handle, callback);
  }

  // Waits in this thread until the library has the callback.
  static begin(subscription) {
    subscription.#begun(subscription.#thread.begin());
  }

  // The same while the event loop goes on.
  static async beginLater(subscription) {
    subscription.#begun(await subscription.#thread.beginLater());
  }

  #begun(id) {
    this.#id = id;
    this.#thread.releaseAtExit(() => this.close());
  }

  get isClosed() {
    return this.#id === null;
  }

  // Ends the callback; closing again does nothing. Changes that were made before may still come.
  close() {
    if (this.#id === null) return;
    const status = functions.kv_subscription_close(this.#id, null);
    if (status < 0 && status !== K.KV_ERR_HANDLE) throw new KvError(status);
    this.#id = null;
    this.#thread.released();
  }

  toJSON() {
    throw new TypeError('a subscription cannot be copied or sent');
  }
}

if (Symbol.dispose) {
  Object.defineProperty(Subscription.prototype, Symbol.dispose, {
    value: Subscription.prototype.close,
  });
}

function subscriptionOf(store, callback) {
  if (typeof callback !== 'function') throw new TypeError('onChange takes a function');
  // worker.terminate() would end the thread of the callback while the library has it.
  if (!isMainThread) throw new TypeError('onChange is for the main thread; a worker has watch');
  return new Subscription(store, callback);
}

function* onChange(callback) {
  const subscription = subscriptionOf(this, callback);
  Subscription.begin(subscription);
  return subscription;
}

function* onChangeLater(callback) {
  const subscription = subscriptionOf(this, callback);
  yield new Awaited(Subscription.beginLater(subscription));
  return subscription;
}

module.exports = { Subscription, onChange, onChangeLater };
