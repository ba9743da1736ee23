// Copies of a store into another one.

'use strict';

const { buffer, options, storeOf, word } = require('./arguments');
const { constants: K, functions } = require('./library');
const { Structure, copy: copyBytes } = require('./memory');
const { fieldAt, withProgress } = require('./progress');

const EXISTING = {
  overwrite: K.KV_COPY_OVERWRITE,
  keep: K.KV_COPY_KEEP,
  refuse: K.KV_COPY_REFUSE,
};
const COPY = ['existing', 'after', 'progress'];
const COUNTS = ['entries', 'bytes', 'skipped', 'expired', 'missing', 'total'];

// Returns the state of a copy. `position`, null at the beginning, is what a later copy resumes
// after.
function stateOf(read) {
  const counts = COUNTS.map((name) => [name, Number(read(name))]);
  const key = read('key');
  const bytes = (name) => copyBytes(read(name), read(`${name}_len`));
  const position = key ? { group: bytes('group'), key: bytes('key') } : null;
  return { ...Object.fromEntries(counts), position };
}

function copyOptions(chosen) {
  const structure = new Structure('kv_copy_options');
  if (chosen.existing !== undefined) {
    structure.set('existing', word('existing', chosen.existing, EXISTING));
  }
  if (chosen.after !== undefined && chosen.after !== null) {
    const { group, key } = options('after', chosen.after, ['group', 'key']);
    structure.point('after_group', buffer('group of after', group));
    structure.point('after_key', buffer('key of after', key));
  }
  return structure;
}

// Copies the live entries of a store into another one, and returns the state at the end. An error
// has the state as `state`.
function* copy(from, to, given) {
  storeOf('copy', to);
  const chosen = options('copy', given, COPY);
  const structure = copyOptions(chosen);
  const state = new Structure('kv_copy_state');
  const inState = () => stateOf((field) => state.get(field));
  const atAddress = (address) => [stateOf((field) => fieldAt('kv_copy_state', address, field))];
  try {
    yield* withProgress(
      'kv_copy_progress_fn',
      chosen.progress,
      atAddress,
      function* run(callback) {
        const where = [from.handle, to.handle, structure.bytes];
        yield [functions.kv_copy, ...where, callback, null, state.bytes];
      },
    );
    return inState();
  } catch (error) {
    if (error instanceof Error) error.state = inState();
    throw error;
  } finally {
    functions.kv_copy_state_free(state.bytes);
  }
}

module.exports = { COPY, copy };
