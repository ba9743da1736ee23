// The thread of a callback; see subscription.js.

'use strict';

const { koffi } = require('./koffi');
const { parentPort, workerData } = require('node:worker_threads');
const { failure } = require('./errors');
const { errorOfThread } = require('./calls');
const { eventIn } = require('./flat');
const { callbackOf, functions, layouts } = require('./library');
const { Structure, copy, number } = require('./memory');

const { store, state, answer } = workerData;
const [STARTED, ENDED] = [1, 2];

function note(value) {
  Atomics.store(state, 0, value);
  Atomics.notify(state, 0);
}

const callbacks = [];
function registered(name, run) {
  const callback = koffi.register(run, koffi.pointer(callbackOf(name)));
  callbacks.push(callback);
  return callback;
}

function end() {
  for (const callback of callbacks) koffi.unregister(callback);
  parentPort.close();
}

const event = new Structure('kv_event');
const change = registered('kv_change_fn', (_, address) => {
  // An exception would end this thread, and the library still has the function.
  try {
    copy(address, layouts.kv_event.size).copy(event.bytes);
    parentPort.postMessage(eventIn(event));
  } catch (error) {
    process.emitWarning(error);
  }
});
const destroy = registered('kv_destroy_fn', () => {
  note(ENDED);
  setImmediate(end);
});

const id = number();
const status = functions.kv_on_change(store, change, null, destroy, id, errorOfThread);
if (status < 0) {
  const { message, osError } = failure(status, errorOfThread);
  answer.postMessage({ status, message, osError });
  end();
} else {
  answer.postMessage({ id: id[0] });
  // Keeps the thread until the library lets go of the callback.
  parentPort.on('message', () => {});
}
note(STARTED);
