// Long calls with a progress function, in a thread of their own.
//
// The library calls the function in the thread of the call. In a thread of the pool that call would
// wait for the event loop, and a close of the store in the event loop for that call. So the call
// runs in a worker, which sends the progress and waits for no other thread.

'use strict';

const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { storeOf } = require('./arguments');
const { Awaited } = require('./calls');
const { KvError } = require('./errors');

// The calls that run, each by the flag that ends it.
const flags = new Set();

process.on('exit', () => {
  for (const flag of flags) Atomics.store(flag, 0, 1);
});

// Returns a promise of the result of a call. `ids` are those of its stores.
function inWorker(name, ids, given, progress) {
  return new Promise((resolve, reject) => {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(path.join(__dirname, 'background_worker.js'), {
      execArgv: [],
      workerData: { name, ids, given, flag },
    });
    flags.add(flag);
    let thrown = null;
    worker.on('message', ({ arrived, result, error }) => {
      if (arrived) {
        try {
          if (!thrown && progress(...arrived.map(withBuffers)) === false)
            Atomics.store(flag, 0, 1);
        } catch (problem) {
          thrown = { problem };
          Atomics.store(flag, 0, 1);
        }
        return;
      }
      if (thrown) reject(thrown.problem);
      else if (error) reject(raised(error));
      else resolve(withBuffers(result));
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      flags.delete(flag);
      reject(new Error(`the thread of ${name} has ended before the call`));
    });
  });
}

// A clone of a Buffer is a Uint8Array.
function withBuffers(state) {
  if (!state?.position) return state;
  const { group, key } = state.position;
  return { ...state, position: { group: Buffer.from(group), key: Buffer.from(key) } };
}

function raised({ status, message, osError, state }) {
  if (status === undefined) return new Error(message);
  return new KvError(
    status,
    message,
    state ? { osError, state: withBuffers(state) } : { osError },
  );
}

// Returns the operations for `async`: those with a progress function run in a worker.
function backgrounded({ backup, restore, copy }) {
  const inside = (operation, name, idsOf) =>
    function* run(target, given) {
      const { progress, ...others } = given ?? {};
      if (progress === undefined) return yield* operation.call(this, target, given);
      if (typeof progress !== 'function') throw new TypeError('progress is a function');
      const ids = idsOf(this.store, target);
      const argument = name === 'copy' ? null : target;
      return yield new Awaited(inWorker(name, ids, [argument, others], progress));
    };
  return {
    backup: inside(backup, 'backup', (store) => [store.handle]),
    restore: inside(restore, 'restore', (store) => [store.handle]),
    copy: inside(copy, 'copy', (store, to) => [store.handle, storeOf('copy', to).handle]),
  };
}

module.exports = { backgrounded };
