// The log of the library and the trace of calls, which are of the whole process.

'use strict';

const { isMainThread } = require('node:worker_threads');
const { kindOf, options, word } = require('./arguments');
const { CallbackThread } = require('./callback_thread');
const { failure } = require('./errors');
const { constants: K, functions } = require('./library');
const { errorOfThread } = require('./calls');
const { LEVELS } = require('./observed_names');

const TRACE = ['keys'];

// A place of the library for one function of the process.
class Place {
  #name;
  #kind;
  #end;
  #thread = null;

  // `end` is a call of the library that removes the function, and returns a status.
  constructor(name, kind, end) {
    this.#name = name;
    this.#kind = kind;
    this.#end = end;
  }

  #check(callback) {
    if (typeof callback !== 'function') {
      throw new TypeError(`${this.#name} takes a function, not ${kindOf(callback)}`);
    }
    // worker.terminate() would end the thread of the function while the library has it.
    if (!isMainThread) throw new TypeError(`${this.#name} is for the main thread`);
  }

  // Gives the library a function in place of the one before.
  set(given, callback) {
    this.#check(callback);
    const thread = new CallbackThread(this.#kind, given, callback);
    thread.begin();
    thread.releaseAtExit(this.#end);
    this.#leave();
    this.#thread = thread;
  }

  // Removes the function.
  clear() {
    if (!isMainThread) throw new TypeError(`${this.#name} is for the main thread`);
    const status = this.#end();
    if (status < 0) throw failure(status, errorOfThread);
    this.#leave();
  }

  // The function before receives what was sent to it. If a call in another thread still ends with
  // it, the event loop brings the rest.
  #leave() {
    const thread = this.#thread;
    this.#thread = null;
    thread?.released();
    thread?.takeAll();
  }
}

const log = new Place('setLog', 'log', () =>
  functions.kv_set_log(K.KV_LOG_OFF, null, null, null, errorOfThread),
);
const trace = new Place('setTrace', 'trace', () =>
  functions.kv_set_trace(0, null, null, null, errorOfThread),
);

// Sends the records of a level and those before it to a function; 'off' ends the log.
function setLog(level, callback) {
  const number = word('the level of setLog', level, LEVELS);
  if (number === K.KV_LOG_OFF) log.clear();
  else log.set(number, callback);
}

// Sends each call on a store, when it has ended, to a function; null ends the trace.
function setTrace(callback, given) {
  const { keys = false } = options('setTrace', given, TRACE);
  if (typeof keys !== 'boolean') throw new TypeError(`keys is a boolean, not ${kindOf(keys)}`);
  if (callback === null) trace.clear();
  else trace.set(keys ? K.KV_TRACE_KEYS : 0, callback);
}

module.exports = { TRACE, setLog, setTrace };
