// The words for the numbers of metrics, logs and traces.

'use strict';

const { constants: K, functions } = require('./library');

// Returns a name of C as one of JavaScript.
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

// The levels of the log, each with the records of those before it.
const LEVELS = {
  off: K.KV_LOG_OFF,
  error: K.KV_LOG_ERROR,
  warn: K.KV_LOG_WARN,
  info: K.KV_LOG_INFO,
  debug: K.KV_LOG_DEBUG,
};
const LEVEL_NAMES = Object.keys(LEVELS);

// The kinds of calls.
const KINDS = {};
for (let kind = 0; kind < K.KV_CALL_KINDS; kind += 1) {
  KINDS[camel(functions.kv_call_name(kind))] = kind;
}
const KIND_NAMES = Object.keys(KINDS);

// A later library may have other numbers.
const levelName = (level) => LEVEL_NAMES[level] ?? `level ${level}`;
const kindName = (kind) => KIND_NAMES[kind] ?? 'unknown';

module.exports = { KINDS, LEVELS, camel, kindName, levelName };
