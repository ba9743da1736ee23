// The store as a whole: statistics, metrics, backups, copies, and the care of its file.

'use strict';

const { options, text, word } = require('./arguments');
const { define } = require('./calls');
const { copy } = require('./copy');
const { figures } = require('./figures');
const { functions } = require('./library');
const { pinned, unpinned } = require('./memory');
const { KINDS } = require('./observed_names');
const { withProgress } = require('./progress');
const { counted } = require('./ranges');
const { backgrounded } = require('./background');

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
    return yield* figures('kv_stats', functions.kv_stats_get, this.store.handle);
  },

  // Counts the entries, so its time grows with their number.
  *usage() {
    return yield* figures('kv_usage', functions.kv_usage_get, this.store.handle);
  },

  *metrics() {
    return yield* figures('kv_metrics', functions.kv_metrics_get, this.store.handle);
  },

  *callMetrics(kind) {
    const given = [this.store.handle, word('the kind of callMetrics', kind, KINDS)];
    const found = yield* figures('kv_call_metrics', functions.kv_call_metrics_get, ...given);
    return { ...found, kind };
  },

  *metricsText() {
    const value = pinned();
    yield [functions.kv_metrics_text, this.store.handle, value];
    return unpinned(value).toString();
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
