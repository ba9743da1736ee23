// The store as a whole: statistics, backups, copies, and the care of its file.

'use strict';

const { options, text } = require('./arguments');
const { define } = require('./calls');
const { copy } = require('./copy');
const { functions, layouts } = require('./library');
const { Structure } = require('./memory');
const { withProgress } = require('./progress');
const { counted } = require('./ranges');
const { backgrounded } = require('./background');

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

// Returns the fields of a kv_stats, but for its size.
function statistics(stats) {
  const fields = Object.entries(layouts.kv_stats.fields).slice(1);
  const values = fields.map(([name, { offset, type }]) => {
    if (type instanceof Array || name === 'sqlite_version') {
      const end = stats.bytes.indexOf(0, offset);
      return [camel(name), stats.bytes.toString('utf8', offset, end) || null];
    }
    if (name === 'read_only') return [camel(name), stats.get(name) === 1];
    return [camel(name), Number(stats.get(name))];
  });
  return Object.fromEntries(values);
}

// Backup and restore, which have the same arguments.
function* transferred(store, call, path, given) {
  const { progress } = options(call, given, ['progress']);
  const where = [store.handle, text('path', path)];
  const numbers = (done, total) => [Number(done), Number(total)];
  yield* withProgress('kv_backup_progress_fn', progress, numbers, function* run(callback) {
    yield [functions[`kv_${call}`], ...where, callback, null];
  });
}

// The maintenance of a store.
class Maintenance {
  constructor(store) {
    Object.defineProperty(this, 'store', { value: store });
  }
}

const operations = {
  *stats() {
    const stats = new Structure('kv_stats');
    yield [functions.kv_stats_get, this.store.handle, stats.bytes];
    return statistics(stats);
  },

  *backup(path, given) {
    yield* transferred(this.store, 'backup', path, given);
  },

  *restore(path, given) {
    yield* transferred(this.store, 'restore', path, given);
  },

  *copy(to, given) {
    return yield* copy(this.store, to, given);
  },

  *purgeExpired() {
    return yield* counted('kv_purge_expired', this.store.handle);
  },

  *compact() {
    yield [functions.kv_compact, this.store.handle];
  },

  *check() {
    yield [functions.kv_check, this.store.handle];
  },

  *flush() {
    yield [functions.kv_flush, this.store.handle];
  },
};

define(Maintenance, operations, { later: backgrounded(operations) });

module.exports = { Maintenance };
