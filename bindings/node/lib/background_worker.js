// The thread of a long call with a progress function; see background.js.

'use strict';

const { parentPort, workerData } = require('node:worker_threads');
const { Maintenance } = require('./maintenance');

const { name, ids, given, flag } = workerData;
const [from, to] = ids.map((id) => ({ handle: id }));

function progress(...arrived) {
  parentPort.postMessage({ arrived });
  return Atomics.load(flag, 0) === 0;
}

try {
  const [argument, options] = given;
  const result = new Maintenance(from)[name](to ?? argument, { ...options, progress });
  parentPort.postMessage({ result });
} catch (error) {
  const { status, message, osError, state } = error;
  parentPort.postMessage({ error: { status, message, osError, state } });
}
