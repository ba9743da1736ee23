// Transactions: optimistic concurrency control.

'use strict';

const { at, options, span } = require('./arguments');
const { Awaited, Pause, define } = require('./calls');
const { decoded, entryOf, expired, incremented, appended, ttlOf, valueOf } = require('./entries');
const { conflict } = require('./errors');
const { Handle, disposable } = require('./handle');
const { constants: K, functions } = require('./library');
const { number } = require('./memory');
const { putOptions } = require('./put_options');
const { scansBy } = require('./scans');

// A transaction reads its own writes and holds no lock.
class Transaction extends Handle {
  refusesCopies = function a_transaction_cannot_be_copied() {};
}

const operations = {
  *get(group, key) {
    return yield* valueOf('kv_txn_get', this.handle, ...at(group, key));
  },

  *getString(group, key) {
    return decoded(yield* valueOf('kv_txn_get', this.handle, ...at(group, key)), group, key);
  },

  *getEntry(group, key) {
    return yield* entryOf('kv_txn_get', this.handle, ...at(group, key));
  },

  *has(group, key) {
    return (yield [functions.kv_txn_exists, this.handle, ...at(group, key)]) === K.KV_OK;
  },

  *ttl(group, key) {
    return yield* ttlOf('kv_txn_ttl', this.handle, ...at(group, key));
  },

  *set(group, key, value, given) {
    const data = [...at(group, key), ...span('value', value), putOptions('set', given)];
    const status = yield [functions.kv_txn_set, this.handle, ...data];
    if (status === K.KV_CONFLICT) throw conflict('set: the condition does not hold');
  },

  *delete(group, key) {
    return (yield [functions.kv_txn_delete, this.handle, ...at(group, key)]) === K.KV_OK;
  },

  *increment(group, key, delta = 1, given) {
    return yield* incremented('kv_txn_increment', this.handle, group, key, delta, given);
  },

  *append(group, key, value, given) {
    return yield* appended('kv_txn_append', this.handle, group, key, value, given);
  },

  *expire(group, key, ttlMs, given) {
    return yield* expired('kv_txn_expire', this.handle, group, key, ttlMs, given);
  },

  *commit() {
    const status = yield [functions.kv_txn_commit, this.handle];
    this.end();
    if (status === K.KV_CONFLICT) {
      throw conflict('commit: an entry that the transaction has read was changed meanwhile');
    }
  },

  // Aborting one that has ended does nothing.
  *abort() {
    const handle = this.end();
    if (handle) yield [functions.kv_txn_abort, handle];
  },
};

const KEYED = Object.keys(operations).filter((name) => name !== 'commit' && name !== 'abort');
const Async = define(Transaction, operations, { keyed: KEYED, isSerial: true });
Object.assign(Transaction.prototype, scansBy('kv_txn_scan'));
// A scan reads the transaction as it opens, so that is one of its calls.
function* openedInOrder(promised, open) {
  return yield new Awaited(Async.run(promised, open()));
}
Object.assign(Async.prototype, scansBy('kv_txn_scan', Async.targetOf, openedInOrder));
disposable(Transaction, Async, 'abort');

function* begin(store) {
  const txn = number();
  yield [functions.kv_txn_begin, store.handle, txn];
  return new Transaction(txn[0], 'kv_txn_abort', 'the transaction', store);
}

const TRIES = 16;
const PAUSE_MS_MAX = 16;

// Runs a function with a new transaction and commits it. If another commit was first, it is called
// again after a short and random wait, at most `tries` times.
function* transact(store, isAsync, work, given) {
  const { tries = TRIES } = options('transaction', given, ['tries']);
  if (typeof work !== 'function') throw new TypeError('transaction takes a function');
  if (!Number.isSafeInteger(tries) || tries < 1) {
    throw new TypeError('tries is a whole number from 1 on');
  }
  for (let attempt = 1; ; attempt += 1) {
    const transaction = yield* begin(store);
    try {
      const value = yield new Awaited(work(isAsync ? transaction.async : transaction));
      // One that the function has ended itself is not committed.
      if (transaction.isClosed) return value;
      try {
        // Behind the calls that the function has not awaited.
        if (isAsync) yield new Awaited(transaction.async.commit());
        else yield* operations.commit.call(transaction);
        return value;
      } catch (error) {
        if (error.status !== K.KV_CONFLICT || attempt >= tries) throw error;
      }
    } finally {
      if (isAsync) yield new Awaited(transaction.async.abort());
      else yield* operations.abort.call(transaction);
    }
    yield new Pause(Math.random() * Math.min(attempt, PAUSE_MS_MAX));
  }
}

module.exports = { Async, Transaction, begin, transact };
