// Locks of the behaviour cases.

'use strict';

const { functions } = require('./functions');
const { data, expiryOf, freed, plain, statusName } = require('./values');

function acquire(run, a) {
  const lock = {};
  const owner = a.owner === undefined ? [null, 0] : data(a.owner);
  const where = [run.handle(a), ...data(a.name), ...owner, a.lease, a.wait ?? 0];
  const status = statusName(functions.kv_lock_acquire(...where, lock, {}));
  if (status !== 'ok') return { status };
  // The token is what the expectation `newer_than` compares.
  const token = BigInt(lock.token);
  if (a.save) run.saved.set(a.save, token);
  if (a.save) run.locks.set(a.save, lock);
  return { status, version: token };
}

const renew = (run, a) =>
  plain('kv_lock_renew', run.handle(a), ...data(a.name), run.lock(a.lock), a.lease);

const release = (run, a) =>
  plain('kv_lock_release', run.handle(a), ...data(a.name), run.lock(a.lock));

function get(run, a) {
  const value = {};
  const status = statusName(functions.kv_lock_get(run.handle(a), ...data(a.name), value, {}));
  const expires = expiryOf(value.expires_at_ms);
  // An owner of no bytes is pinned as well.
  const owner = freed(value) ?? Buffer.alloc(0);
  if (status !== 'ok') return { status };
  return { status, owner, ttl: expires === 'never' ? expires : expires - BigInt(Date.now()) };
}

module.exports = { acquire, get, release, renew };
