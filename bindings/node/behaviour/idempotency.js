// Idempotency records of the behaviour cases.

'use strict';

const { functions } = require('./functions');
const { K, data, freed, plain, statusName, ttlOf } = require('./values');

const STATES = new Map(
  ['STARTED', 'IN_PROGRESS', 'COMPLETED', 'MISMATCH'].map((name) => [
    K[`KV_IDEMPOTENCY_${name}`],
    name.toLowerCase(),
  ]),
);

function begin(run, a) {
  const [state, token, response] = [[0], [0], {}];
  const where = [run.handle(a), ...data(a.key), ...data(a.request), ttlOf(a)];
  const status = statusName(functions.kv_idempotency_begin(...where, state, token, response, {}));
  const bytes = freed(response);
  if (status !== 'ok') return { status };
  if (a.save) run.saved.set(a.save, BigInt(token[0]));
  return { status, state: STATES.get(state[0]), response: bytes };
}

function get(run, a) {
  const [state, response] = [[0], {}];
  const status = statusName(
    functions.kv_idempotency_get(run.handle(a), ...data(a.key), state, response, {}),
  );
  const bytes = freed(response);
  return status === 'ok' ? { status, state: STATES.get(state[0]), response: bytes } : { status };
}

function complete(run, a) {
  const where = [run.handle(a), ...data(a.key), run.version(a.token), ...data(a.response)];
  return plain('kv_idempotency_complete', ...where);
}

function forget(run, a) {
  const where = [run.handle(a), ...data(a.key), run.version(a.token)];
  return plain('kv_idempotency_forget', ...where);
}

module.exports = { begin, complete, forget, get };
