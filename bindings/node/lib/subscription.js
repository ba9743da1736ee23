// Callbacks: functions of the program that receive every change of this process.
//
// The library calls back in the thread that writes, which may be the maintenance thread, and a
// close waits for that thread. A function in the event loop would let both wait for each other. So
// a worker receives the changes, which waits for no other thread, and sends them to the event loop.

'use strict';

const path = require('node:path');
const {
  MessageChannel,
  Worker,
  isMainThread,
  receiveMessageOnPort,
} = require('node:worker_threads');
const { Awaited } = require('./calls');
const { KvError } = require('./errors');
const { constants: K, functions } = require('./library');

// The states of a registration, in memory that both threads have.
const STARTING = 0;
const STARTED = 1;

// The longest wait for the worker to begin, and at the end of the process for it to end.
const WAIT_MS = 10_000;

const registered = new Set();

// The library has to let go of a callback before its thread ends.
process.on('exit', () => {
  for (const end of registered) end();
});

// A callback of a program.
class Subscription {
  #id = null;
  #worker;
  #answer;
  #end = () => {
    this.close();
    Atomics.wait(this.#state, 0, STARTED, WAIT_MS);
  };
  #state = new Int32Array(new SharedArrayBuffer(4));

  constructor(store, callback) {
    const { port1, port2 } = new MessageChannel();
    this.#answer = port1;
    this.#worker = new Worker(path.join(__dirname, 'subscription_worker.js'), {
      execArgv: [],
      workerData: { store: store.handle, state: this.#state, answer: port2 },
      transferList: [port2],
    });
    this.#worker.on('message', (event) => callback(withBuffers(event)));
    this.#worker.unref();
  }

  // Waits in this thread until the library has the callback.
  static begin(subscription) {
    Atomics.wait(subscription.#state, 0, STARTING, WAIT_MS);
    const received = receiveMessageOnPort(subscription.#answer);
    subscription.#begun(received?.message ?? { message: 'its thread does not begin' });
  }

  // The same while the event loop goes on.
  static async beginLater(subscription) {
    const answer = new Promise((resolve) => {
      subscription.#answer.once('message', resolve);
      subscription.#worker.once('error', ({ message }) => resolve({ message }));
    });
    subscription.#begun(await answer);
  }

  #begun({ id, status = K.KV_ERR_PANIC, message, osError = 0 }) {
    this.#answer.close();
    if (id === undefined) throw new KvError(status, `onChange: ${message}`, { osError });
    this.#id = id;
    registered.add(this.#end);
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
    registered.delete(this.#end);
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

// A clone of a Buffer is a Uint8Array.
function withBuffers(event) {
  const buffer = (bytes) => bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { group, key, value } = event;
  return { ...event, group: buffer(group), key: buffer(key), value: buffer(value) };
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
