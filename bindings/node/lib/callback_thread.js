// Threads of callbacks, by which the library calls functions of the program at any time.
//
// The library calls back in a thread of its own, or in the one of a call: then that thread waits
// for the function, and a close for that thread. A function in the event loop would let both wait
// for each other. So a worker receives the calls, which waits for no other thread, and sends them
// to the event loop.

'use strict';

const path = require('node:path');
const { MessageChannel, Worker, receiveMessageOnPort } = require('node:worker_threads');
const { KvError } = require('./errors');
const { constants: K } = require('./library');

// The memory that both threads have: the state of the registration, and the calls that the event
// loop has taken from the queue.
const [STATE, TAKEN] = [0, 1];
const [STARTING, STARTED, ENDED] = [0, 1, 2];

// The longest wait for the worker to begin.
const WAIT_MS = 10_000;

// The threads whose callbacks the library has, each with the function that takes them back.
const threads = new Map();

// The library has to let go of a callback before its thread ends. It does so when the last call
// with it has ended: a process waits for its calls.
process.on('exit', () => {
  for (const release of threads.values()) release();
  for (const thread of threads.keys()) thread.waitForEnd();
});

// The thread of one callback.
class CallbackThread {
  #worker;
  #answer;
  #calls;
  #receive;
  #shared = new Int32Array(new SharedArrayBuffer(8));

  // `kind` and `given` are for callback_worker.js; `receive` is called with what it sends.
  constructor(kind, given, receive) {
    const [answer, calls] = [new MessageChannel(), new MessageChannel()];
    this.#answer = answer.port1;
    this.#calls = calls.port1;
    this.#receive = receive;
    this.#worker = new Worker(path.join(__dirname, 'callback_worker.js'), {
      execArgv: [],
      workerData: { kind, given, shared: this.#shared, answer: answer.port2, calls: calls.port2 },
      transferList: [answer.port2, calls.port2],
    });
    this.#worker.on('exit', () => threads.delete(this));
    this.#worker.unref();
    this.#calls.on('message', (call) => this.#take(call));
    this.#calls.unref();
  }

  // Waits in this thread until the library has the callback, and returns what it has answered.
  begin() {
    Atomics.wait(this.#shared, STATE, STARTING, WAIT_MS);
    const received = receiveMessageOnPort(this.#answer);
    return this.#begun(received?.message ?? { message: 'its thread does not begin' });
  }

  // The same while the event loop goes on.
  async beginLater() {
    const answer = new Promise((resolve) => {
      this.#answer.once('message', resolve);
      this.#worker.once('error', ({ message }) => resolve({ message }));
    });
    return this.#begun(await answer);
  }

  #begun({ result, status = K.KV_ERR_PANIC, message, osError = 0 }) {
    this.#answer.close();
    if (result === undefined) throw new KvError(status, message, { osError });
    return result;
  }

  // At the end of the process `release` takes the callback back from the library.
  releaseAtExit(release) {
    threads.set(this, release);
  }

  // The callback was taken back, though a call may still end with it.
  released() {
    if (threads.has(this)) threads.set(this, () => {});
  }

  waitForEnd() {
    Atomics.wait(this.#shared, STATE, STARTED);
    this.takeAll();
  }

  // Calls the function for all that is queued. An exception is one of the event loop, as of the
  // calls that come by it.
  takeAll() {
    for (let left = receiveMessageOnPort(this.#calls); left; ) {
      try {
        this.#take(left.message);
      } catch (error) {
        process.nextTick(() => {
          throw error;
        });
      }
      left = receiveMessageOnPort(this.#calls);
    }
  }

  #take(call) {
    Atomics.add(this.#shared, TAKEN, 1);
    this.#receive(withBuffers(call));
  }
}

// A clone of a Buffer is a Uint8Array.
function withBuffers(call) {
  for (const [name, value] of Object.entries(call)) {
    if (value instanceof Uint8Array)
      call[name] = Buffer.from(value.buffer, value.byteOffset, value.length);
  }
  return call;
}

module.exports = { CallbackThread, ENDED, STARTED, STATE, TAKEN };
