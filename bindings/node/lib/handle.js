// The objects of the library: each has a handle, is closed once, and cannot be copied.

'use strict';

const { inspect } = require('node:util');
const { isMainThread } = require('node:worker_threads');
const { KvError } = require('./errors');
const { constants: K, functions } = require('./library');

// Closes the handles of objects that were forgotten. The first one of each kind warns.
const warned = new Set();
const forgotten = new FinalizationRegistry((record) => {
  open.delete(record);
  const { id, close, warning } = record;
  const status = functions[close](id, null);
  if (!warning || status === K.KV_ERR_HANDLE || warned.has(close)) return;
  warned.add(close);
  process.emitWarning(warning, 'KvWarning');
});

// The handles of this thread. Those that a worker has left open are closed at its end.
const open = new Set();
if (!isMainThread) {
  process.on('exit', () => {
    for (const { id, close } of open) functions[close](id, null);
  });
}

// An object with a handle that `close`, a function of kv.h, ends. Each class has `refusesCopies`, a
// function: structuredClone and postMessage refuse an object with one, and show it.
class Handle {
  #handle;
  #what;
  #store;
  #isClosed = false;
  #record;

  // The object keeps its `store`, which would end it. `isWarned` is for one that has to be closed.
  constructor(id, close, what, store = null, isWarned = false) {
    this.#handle = id;
    this.#what = what;
    this.#store = store;
    const warning = isWarned ? `${what} was not closed` : null;
    this.#record = { id, close, warning };
    this.#note();
  }

  #note() {
    open.add(this.#record);
    forgotten.register(this, this.#record, this);
  }

  // The number to pass to a function of kv.h; a KvError once the object is closed.
  get handle() {
    if (this.#isClosed) throw new KvError(K.KV_ERR_HANDLE, `${this.#what} is closed`);
    return this.#handle;
  }

  get isClosed() {
    return this.#isClosed;
  }

  // Marks the object as closed, and returns its handle for the function that ends it, or null if
  // it was closed before.
  end() {
    if (this.#isClosed) return null;
    this.#isClosed = true;
    this.#store = null;
    open.delete(this.#record);
    forgotten.unregister(this);
    return this.#handle;
  }

  // Takes back the end: the object could not be closed.
  reopen() {
    this.#isClosed = false;
    this.#note();
  }

  // JSON is what process.send makes of an object.
  toJSON() {
    throw new TypeError(`${this.#what} cannot be copied or sent; open its location there`);
  }

  [inspect.custom](depth, options) {
    const name = options.stylize(this.constructor.name, 'special');
    return `${name} { ${this.#isClosed ? 'closed' : 'open'} }`;
  }
}

// Returns the operation that closes an object; closing again does nothing.
const closing = (name) =>
  function* close() {
    const handle = this.end();
    if (handle) yield [functions[name], handle];
  };

// Gives a class `using` and `await using`, where the runtime has their symbols.
function disposable(Class, Async, name = 'close') {
  const add = (symbol, run) => {
    if (symbol) Object.defineProperty(Class.prototype, symbol, { value: run, configurable: true });
  };
  add(Symbol.dispose, function dispose() {
    this[name]();
  });
  add(Symbol.asyncDispose, async function disposeAsync() {
    await this.async[name]();
  });
}

module.exports = { Handle, closing, disposable };
