// The thread of a callback; see callback_thread.js.

'use strict';

const { koffi } = require('./koffi');
const { performance } = require('node:perf_hooks');
const { parentPort, workerData } = require('node:worker_threads');
const { ENDED, STARTED, STATE, TAKEN } = require('./callback_thread');
const { errorOfThread } = require('./calls');
const { failure, statusName } = require('./errors');
const { eventIn } = require('./flat');
const { callbackOf, constants: K, functions } = require('./library');
const { Structure, copy, number } = require('./memory');
const { levelName, kindName } = require('./observed_names');

const { kind, given, shared, answer, calls } = workerData;

// The most records or traced calls that wait for the event loop. More are counted and dropped, so
// that a busy event loop costs no memory without bound.
const QUEUED_MAX = 16_384;

let sent = 0;
let dropped = 0;

function note(state) {
  Atomics.store(shared, STATE, state);
  Atomics.notify(shared, STATE);
}

function send(call) {
  sent = (sent + 1) | 0;
  calls.postMessage(call);
}

const isFull = () => ((sent - Atomics.load(shared, TAKEN)) | 0) >= QUEUED_MAX;

// Each kind of callback: its type in kv.h, the structure that it receives, how that is sent, and
// the call that gives it to the library and returns a status.
const KINDS = {
  change: {
    type: 'kv_change_fn',
    structure: 'kv_event',
    pass: (event) => send(eventIn(event)),
    register(callback, destroy) {
      const id = number();
      const status = functions.kv_on_change(given, callback, null, destroy, id, errorOfThread);
      return [status, id[0]];
    },
  },

  log: {
    type: 'kv_log_fn',
    structure: 'kv_log_record',
    pass(record) {
      if (isFull()) {
        dropped += 1;
        return;
      }
      sendDropped();
      send({
        level: levelName(record.get('level')),
        topic: record.text('topic'),
        timeMs: Number(record.get('time_ms')),
        store: record.text('store'),
        message: record.text('message'),
      });
    },
    end: sendDropped,
    register: (callback, destroy) => [
      functions.kv_set_log(given, callback, null, destroy, errorOfThread),
      null,
    ],
  },

  trace: {
    type: 'kv_trace_fn',
    structure: 'kv_trace_call',
    pass(call) {
      if (call.get('phase') !== K.KV_TRACE_END) return;
      if (isFull()) {
        dropped += 1;
        return;
      }
      const durationNs = Number(call.get('duration_ns'));
      send({
        kind: kindName(call.get('kind')),
        group: call.copied('group'),
        key: call.copied('key'),
        status: call.get('status'),
        code: statusName(call.get('status')),
        beganAtMs: performance.timeOrigin + performance.now() - durationNs / 1e6,
        durationNs,
        lost: dropped,
      });
      dropped = 0;
    },
    register: (callback, destroy) => [
      functions.kv_set_trace(given, callback, null, destroy, errorOfThread),
      null,
    ],
  },
};

// Sends a record about those that were dropped, as the library does.
function sendDropped() {
  if (!dropped) return;
  const message = `${dropped} records were dropped: the event loop is slower than they come`;
  send({ level: 'warn', topic: 'log', timeMs: Date.now(), store: '', message });
  dropped = 0;
}

const { type, structure: name, pass, end: last, register } = KINDS[kind];
const callbacks = [];

function registered(typeName, run) {
  const callback = koffi.register(run, koffi.pointer(callbackOf(typeName)));
  callbacks.push(callback);
  return callback;
}

// This thread may end in any way: the end of the process does not wait for it.
process.on('exit', () => note(ENDED));

function end() {
  for (const callback of callbacks) koffi.unregister(callback);
  parentPort.close();
}

const structure = new Structure(name);
const callback = registered(type, (_, address) => {
  // An exception would end this thread, and the library still has the function.
  try {
    copy(address, structure.bytes.length).copy(structure.bytes);
    pass(structure);
  } catch (error) {
    process.emitWarning(error);
  }
  return 0;
});
const destroy = registered('kv_destroy_fn', () => {
  last?.();
  note(ENDED);
  setImmediate(end);
});

const [status, result] = register(callback, destroy);
if (status < 0) {
  const { message, osError } = failure(status, errorOfThread);
  answer.postMessage({ status, message, osError });
  end();
} else {
  answer.postMessage({ result });
  // Keeps the thread until the library lets go of the callback.
  parentPort.on('message', () => {});
}
note(STARTED);
