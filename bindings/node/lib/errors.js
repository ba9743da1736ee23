// The errors of calls.

'use strict';

const { constants, functions, layouts } = require('./library');

const OUTCOMES = ['KV_OK', 'KV_NOT_FOUND', 'KV_CONFLICT', 'KV_DONE', 'KV_TIMEOUT', 'KV_TOO_SMALL'];
const NAMES = new Map(
  Object.entries(constants)
    .filter(([name]) => name.startsWith('KV_ERR_') || OUTCOMES.includes(name))
    .filter(([name]) => name !== 'KV_ERROR_MESSAGE_LEN')
    .map(([name, status]) => [status, name]),
);

// Returns the name of a status, such as 'KV_ERR_BUSY'; that of an unknown number says so.
const statusName = (status) => NAMES.get(status) ?? `KV_STATUS_${status}`;

// A call that failed, or a write whose condition does not hold. `status` is the number of the
// header and `code` its name; `osError` is the error number of the operating system, or 0.
class KvError extends Error {
  constructor(status, message, more = {}) {
    super(message || functions.kv_strerror(status));
    this.name = 'KvError';
    this.status = status;
    this.code = statusName(status);
    this.osError = 0;
    Object.assign(this, more);
  }

  // JSON has no BigInt: the version is a text of digits, and bytes are texts.
  toJSON() {
    const { name, message, ...fields } = this;
    const shown = { name, message, ...fields };
    if (this.version !== undefined) shown.version = String(this.version);
    for (const place of ['group', 'key']) {
      if (this[place] !== undefined) shown[place] = Buffer.from(this[place]).toString();
    }
    return shown;
  }
}

const { code, os_error: osError, message } = layouts.kv_error.fields;
const ERROR_LEN = layouts.kv_error.size;

// Returns the error that a call has left in its kv_error.
function failure(status, error) {
  const end = error.indexOf(0, message.offset);
  const text = error.toString('utf8', message.offset, end);
  return new KvError(status, text, { osError: error.readInt32LE(osError.offset) });
}

// Returns the error for a write that did not apply because the condition of it does not hold.
function conflict(text, more) {
  return new KvError(constants.KV_CONFLICT, text, more);
}

module.exports = { ERROR_LEN, KvError, conflict, failure, statusName, statusOffset: code.offset };
