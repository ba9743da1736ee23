// How an operation runs: in the calling thread, or in threads of their own while the event loop
// goes on.
//
// An operation is a generator. It yields calls of the library, each an array of a function and its
// arguments without the kv_error, and receives their statuses; an error of the library is thrown
// into it as a KvError. So each operation is written once, and both classes of an object, that of
// its methods and that of its `async`, are made of it.

'use strict';

const { ERROR_LEN, KvError, failure } = require('./errors');

// A sleep within an operation.
class Pause {
  constructor(ms) {
    this.ms = ms;
  }
}

// A value that a function of the program has returned; that of a call by `async` may be a promise.
class Awaited {
  constructor(value) {
    this.value = value;
  }
}

// The kv_error of all calls in this thread, which read it before the next call.
const errorOfThread = Buffer.alloc(ERROR_LEN);
const sleeper = new Int32Array(new SharedArrayBuffer(4));

function perform(call) {
  if (call instanceof Pause) return Atomics.wait(sleeper, 0, 0, call.ms);
  if (call instanceof Awaited) return immediate(call.value);
  const [named, ...given] = call;
  const status = named(...given, errorOfThread);
  if (status < 0) throw failure(status, errorOfThread);
  return status;
}

function immediate(value) {
  if (typeof value?.then !== 'function') return value;
  Promise.resolve(value).catch(ignore);
  throw new TypeError('a function returned a promise; make the call by async');
}

// Runs an operation in this thread and returns its result.
function runSync(operation) {
  let step = operation.next();
  while (!step.done) {
    let status;
    try {
      status = perform(step.value);
    } catch (error) {
      step = operation.throw(error);
      continue;
    }
    step = operation.next(status);
  }
  return step.value;
}

// koffi refuses more than 256 calls at a time, so the others wait here, first in, first out.
const IN_FLIGHT_MAX = 64;
let inFlight = 0;
// The queue: `queued` from `first` on. The entries before it are removed from time to time.
const queued = [];
let first = 0;
const STARTED_MAX = 1024;

function start(job) {
  const { call } = job;
  const [named, ...given] = call;
  const error = Buffer.alloc(ERROR_LEN);
  const done = (problem, status) => {
    inFlight -= 1;
    startQueued();
    if (problem) job.reject(problem);
    else job.resolve([status, error]);
    // Until here the arguments stay: the library has their addresses.
    given.length = 0;
  };
  inFlight += 1;
  try {
    named.async(...given, error, done);
  } catch (problem) {
    inFlight -= 1;
    job.reject(problem);
  }
}

function startQueued() {
  while (first < queued.length && inFlight < IN_FLIGHT_MAX) {
    const job = queued[first];
    queued[first] = undefined;
    first += 1;
    start(job);
  }
  if (first === queued.length || first > STARTED_MAX) {
    queued.splice(0, first);
    first = 0;
  }
}

// Makes a call in a thread of its own, and returns a promise of its status and kv_error.
function later(call) {
  return new Promise((resolve, reject) => {
    const job = { call, resolve, reject };
    if (inFlight < IN_FLIGHT_MAX) start(job);
    else queued.push(job);
  });
}

// The error is made here, where its stack has the functions that await the call.
async function performLater(call) {
  if (call instanceof Pause) return new Promise((resolve) => setTimeout(resolve, call.ms));
  if (call instanceof Awaited) return call.value;
  const [status, error] = await later(call);
  if (status < 0) throw failure(status, error);
  return status;
}

// Runs an operation while the event loop goes on, and returns a promise of its result.
async function runAsync(operation) {
  let step = operation.next();
  while (!step.done) {
    let status;
    try {
      status = await performLater(step.value);
    } catch (error) {
      step = operation.throw(error);
      continue;
    }
    step = operation.next(status);
  }
  return step.value;
}

// Adds the group and key of a call to its error.
function located(error, given) {
  if (error instanceof KvError && error.group === undefined) {
    [error.group, error.key] = given;
  }
  return error;
}

// The class of `async`: the operations of an object, as promises.
class Promised {
  #target;
  // Of an object for one thread at a time, a call begins after the one before it has ended.
  #tail;

  constructor(target, isSerial) {
    this.#target = target;
    this.#tail = isSerial ? Promise.resolve() : null;
  }

  static targetOf(promised) {
    return promised.#target;
  }

  static run(promised, operation) {
    if (promised.#tail === null) return runAsync(operation);
    const done = promised.#tail.then(() => runAsync(operation));
    promised.#tail = done.then(ignore, ignore);
    return done;
  }
}

function ignore() {}

// Gives a class its methods, and an `async` with the same ones as promises. An operation whose
// name is in `keyed` has a group and a key as its first arguments; one in `later` is another for
// `async`.
function define(
  Class,
  operations,
  { keyed = [], isSerial = false, parts = [], later: others = {} } = {},
) {
  const Async = class extends Promised {};
  Object.defineProperty(Async, 'name', { value: `Async${Class.name}` });
  for (const [name, operation] of Object.entries(operations)) {
    const isKeyed = keyed.includes(name);
    const methods = {
      [name](...given) {
        if (!isKeyed) return runSync(operation.apply(this, given));
        try {
          return runSync(operation.apply(this, given));
        } catch (error) {
          throw located(error, given);
        }
      },
    };
    const promised = {
      async [name](...given) {
        try {
          const target = Promised.targetOf(this);
          return await Promised.run(this, (others[name] ?? operation).apply(target, given));
        } catch (error) {
          throw isKeyed ? located(error, given) : error;
        }
      },
    };
    // A method that the class has by hand is a faster one.
    if (!Object.hasOwn(Class.prototype, name)) hidden(Class.prototype, name, methods[name]);
    hidden(Async.prototype, name, promised[name]);
  }
  for (const part of parts) {
    Object.defineProperty(Async.prototype, part, {
      configurable: true,
      get() {
        return Promised.targetOf(this)[part].async;
      },
    });
  }
  const twins = new WeakMap();
  Object.defineProperty(Class.prototype, 'async', {
    configurable: true,
    get() {
      if (!twins.has(this)) twins.set(this, new Async(this, isSerial));
      return twins.get(this);
    },
  });
  return Async;
}

function hidden(object, name, value) {
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
}

module.exports = { Awaited, Pause, Promised, define, errorOfThread, located, runAsync, runSync };
