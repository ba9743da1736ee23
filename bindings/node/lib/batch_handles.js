// The batches of the library. One is taken for each commit, and kept for the next one.

'use strict';

const { isMainThread } = require('node:worker_threads');
const { conflict } = require('./errors');
const { constants: K, functions } = require('./library');
const { number, pinned, unpinned, versionOf } = require('./memory');

const KEPT_MAX = 4;
const kept = [];
if (!isMainThread) {
  process.on('exit', () => {
    for (const batch of kept) functions.kv_batch_close(batch, null);
  });
}

const STATUSES = new Map([
  [K.KV_OK, 'ok'],
  [K.KV_NOT_FOUND, 'notFound'],
  [K.KV_CONFLICT, 'conflict'],
]);

function* take() {
  const id = kept.pop();
  if (id !== undefined) return id;
  const batch = number();
  yield [functions.kv_batch_new, batch];
  return batch[0];
}

function* release(batch) {
  if (kept.length < KEPT_MAX) {
    yield [functions.kv_batch_clear, batch];
    kept.push(batch);
  } else {
    yield [functions.kv_batch_close, batch];
  }
}

function* resultOf(batch, index) {
  const value = pinned();
  const status = yield [functions.kv_batch_result, batch, index, value];
  const version = versionOf(value);
  return { status: STATUSES.get(status), value: unpinned(value), version };
}

// Returns the error of a commit whose conditions do not all hold, with the step of the first.
function* refused(batch, count) {
  for (let step = 0; step < count; step += 1) {
    try {
      const { status, version } = yield* resultOf(batch, step);
      if (status === 'conflict') {
        const message = `commit: the condition of step ${step} of the batch does not hold`;
        return conflict(message, { step, version });
      }
    } catch (error) {
      // The other steps have no result.
      if (error.status !== K.KV_ERR_ARGUMENT) throw error;
    }
  }
  return conflict('commit: a condition of the batch does not hold');
}

// Adds steps to a batch by the operation `add`, commits it, and returns the results of its `count`
// steps.
function* withBatch(store, add, count = 0) {
  const batch = yield* take();
  try {
    yield* add(batch);
    const status = yield [functions.kv_batch_commit, store, batch];
    if (status === K.KV_CONFLICT) throw yield* refused(batch, count);
    const results = [];
    for (let step = 0; step < count; step += 1) results.push(yield* resultOf(batch, step));
    return results;
  } finally {
    yield* release(batch);
  }
}

module.exports = { withBatch };
