// Transactions of the behaviour cases.

'use strict';

const { SCAN, scan } = require('./scans');
const {
  PUT,
  at,
  counted,
  data,
  expireFlags,
  expiryOf,
  plain,
  plainWith,
  putOptions,
  ttlOf,
  valued,
} = require('./values');

function txnTtl(run, a) {
  const { status, ttl } = counted('ttl', 'kv_txn_ttl', run.transactions.get(a.txn), ...at(a));
  return status === 'ok' ? { status, ttl: expiryOf(ttl) } : { status };
}

// The arguments of each call, but `store`, and how it is made.
const transactions = {
  txn_begin: [
    'txn',
    (run, a) => {
      const handle = {};
      const begun = plainWith('kv_txn_begin', handle, run.handle(a));
      if (begun.status === 'ok') run.transactions.set(a.txn, handle);
      return begun;
    },
  ],
  txn_get: [
    'txn group key',
    (run, a) => valued('kv_txn_get', run.transactions.get(a.txn), ...at(a)),
  ],
  txn_scan: [
    `txn ${SCAN}`,
    (run, a, expected) =>
      scan('kv_txn_scan', run.transactions.get(a.txn), a, expected.keys !== undefined),
  ],
  txn_set: [
    `txn ${PUT}`,
    (run, a) =>
      plain(
        'kv_txn_set',
        run.transactions.get(a.txn),
        ...at(a),
        ...data(a.value),
        putOptions(run, a),
      ),
  ],
  txn_delete: [
    'txn group key',
    (run, a) => plain('kv_txn_delete', run.transactions.get(a.txn), ...at(a)),
  ],
  txn_exists: [
    'txn group key',
    (run, a) => plain('kv_txn_exists', run.transactions.get(a.txn), ...at(a)),
  ],
  txn_ttl: ['txn group key', txnTtl],
  txn_increment: [
    'txn group key delta ttl',
    (run, a) =>
      counted(
        'sum',
        'kv_txn_increment',
        run.transactions.get(a.txn),
        ...at(a),
        BigInt(a.delta),
        ttlOf(a),
      ),
  ],
  txn_append: [
    'txn group key value ttl',
    (run, a) =>
      counted(
        'length',
        'kv_txn_append',
        run.transactions.get(a.txn),
        ...at(a),
        ...data(a.value),
        ttlOf(a),
      ),
  ],
  txn_expire: [
    'txn group key ttl flags',
    (run, a) =>
      plain('kv_txn_expire', run.transactions.get(a.txn), ...at(a), ttlOf(a), expireFlags(a)),
  ],
  txn_commit: ['txn', (run, a) => plain('kv_txn_commit', run.transactions.get(a.txn))],
  txn_abort: ['txn', (run, a) => plain('kv_txn_abort', run.transactions.get(a.txn))],
};

module.exports = { transactions };
