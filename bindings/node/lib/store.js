// Stores: a file, a store in memory, or the keys under one prefix of a Redis.

'use strict';

const { inspect } = require('node:util');
const { text } = require('./arguments');
const { Batch } = require('./batch');
const { bind, boundClass } = require('./bound_store');
const { define, runAsync, runSync } = require('./calls');
const { ChangeLog } = require('./change_log');
const { decoded, entries } = require('./entries');
const frequent = require('./frequent_calls');
const { Handle, disposable } = require('./handle');
const { Idempotency } = require('./idempotency');
const { constants: K, functions } = require('./library');
const { Opened, locationOf, shown } = require('./location');
const { lock, lockHolder, lockLater } = require('./lock');
const { Maintenance } = require('./maintenance');
const { number } = require('./memory');
const { Quotas } = require('./quotas');
const { ranges } = require('./ranges');
const { openReader } = require('./reader');
const { groups, scansBy } = require('./scans');
const { ReadStream, WriteStream } = require('./streams');
const { onChange, onChangeLater } = require('./subscription');
const { Json, Text } = require('./text');
const { begin, transact } = require('./transaction');
const { watch } = require('./watch');
const { openWriter } = require('./writer');

// The operation that opens a location.
function* opened(location) {
  const id = number();
  const name = locationOf(location);
  yield [functions.kv_open, name, id];
  return new Opened(id[0], shown(name));
}

function* openedConfig(configPath, service) {
  const id = number();
  const where = [locationOf(configPath), text('service', service)];
  yield [functions.kv_open_config, ...where, id];
  return new Opened(id[0], `service ${service} of ${where[0]}`);
}

// A store. Any thread may open the same location; the object itself belongs to its thread.
class Store extends Handle {
  refusesCopies = function a_store_cannot_be_copied_open_its_location_there() {};

  constructor(location) {
    const found = location instanceof Opened ? location : runSync(opened(location));
    super(found.id, 'kv_close', `the store ${found.name}`, found.parent, true);
    Object.defineProperty(this, 'location', { value: found.name });
  }

  get(group, key) {
    return frequent.get(this.handle, group, key);
  }

  getString(group, key) {
    return decoded(frequent.get(this.handle, group, key), group, key);
  }

  set(group, key, value, given) {
    frequent.set(this.handle, group, key, value, given);
  }

  has(group, key) {
    return frequent.has(this.handle, group, key);
  }

  delete(group, key) {
    return frequent.remove(this.handle, group, key);
  }

  // Returns an empty batch.
  batch() {
    return new Batch(this);
  }

  // Returns a Readable of the bytes from `start` to `end`, both included, or of all.
  createReadStream(group, key, given) {
    return new ReadStream(this, group, key, given);
  }

  // Returns a Writable whose end commits the value, before its 'finish'.
  createWriteStream(group, key, given) {
    return new WriteStream(this, group, key, given);
  }

  [inspect.custom](depth, given) {
    const name = given.stylize(this.constructor.name, 'special');
    return `${name} { ${this.isClosed ? 'closed ' : ''}${inspect(this.location, given)} }`;
  }
}

// The store that a function of kv.h makes of another one.
function* derived(store, name, words, ...given) {
  const id = number();
  yield [functions[name], store.handle, ...given, id];
  return new Store(new Opened(id[0], `${store.location} ${words}`));
}

const operations = {
  ...entries,
  ...ranges,
  openReader,
  openWriter,
  watch,
  onChange,
  lock,
  lockHolder,

  *snapshot() {
    return yield* derived(this, 'kv_snapshot', 'snapshot');
  },

  *scope(namespace) {
    return yield* derived(this, 'kv_scope', `scope ${namespace}`, text('namespace', namespace));
  },

  *bind(given) {
    return yield* bind(BoundStore, this, given);
  },

  *begin() {
    return yield* begin(this);
  },

  *transaction(work, given) {
    return yield* transact(this, false, work, given);
  },

  // Waits for running calls, ends cursors, watches, callbacks, readers and writers, and closes the
  // file if no other handle is open. Closing again does nothing.
  *close() {
    const handle = this.end();
    if (!handle) return;
    try {
      yield [functions.kv_close, handle];
    } catch (error) {
      if (error.status === K.KV_ERR_BUSY) this.reopen();
      throw error;
    }
  },
};

const PARTS = { text: Text, json: Json, idempotency: Idempotency, quotas: Quotas };
Object.assign(PARTS, { changeLog: ChangeLog, maintenance: Maintenance });
for (const [name, Part] of Object.entries(PARTS)) {
  const parts = new WeakMap();
  Object.defineProperty(Store.prototype, name, {
    configurable: true,
    get() {
      if (!parts.has(this)) parts.set(this, new Part(this));
      return parts.get(this);
    },
  });
}

const later = {
  lock: lockLater,
  onChange: onChangeLater,
  *transaction(work, given) {
    return yield* transact(this, true, work, given);
  },
};
const Async = define(Store, operations, {
  keyed: [...Object.keys(entries), 'openReader', 'openWriter'],
  parts: Object.keys(PARTS),
  later,
});
Object.assign(Store.prototype, scansBy('kv_scan'), { groups });
disposable(Store, Async);

const BoundStore = boundClass(Store);

// Opens the store that a location names.
const open = (location) => new Store(location);

// Opens a service of a services file in YAML.
const openConfig = (configPath, service) => new Store(runSync(openedConfig(configPath, service)));

// The same, as promises.
const openLater = {
  open: async (location) => new Store(await runAsync(opened(location))),
  openConfig: async (configPath, service) =>
    new Store(await runAsync(openedConfig(configPath, service))),
};

module.exports = { BoundStore, Store, open, openConfig, openLater };
