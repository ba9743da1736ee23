// Parts of values, templates, and values that are JSON texts.

'use strict';

const { at, span, text } = require('./arguments');
const { define } = require('./calls');
const { Cursor } = require('./cursor');
const { valueOf } = require('./entries');
const { constants: K, functions } = require('./library');
const { number, pinned, unpinned } = require('./memory');

// Returns the cursor over the parts of a value; that of an absent key has none.
function parts(store, name, given) {
  function* open() {
    const cursor = number();
    const status = yield [functions[name], store.handle, ...given, cursor];
    return status === K.KV_NOT_FOUND ? null : cursor[0];
  }
  return new Cursor(open, 'part');
}

// Texts in a store.
class Text {
  constructor(store) {
    Object.defineProperty(this, 'store', { value: store });
  }

  // Returns a cursor over the parts of a value between the occurrences of a separator.
  split(group, key, separator) {
    return parts(this.store, 'kv_get_split', [...at(group, key), ...span('separator', separator)]);
  }

  // Returns a cursor over the parts of a value between white space.
  fields(group, key) {
    return parts(this.store, 'kv_get_fields', at(group, key));
  }
}

define(Text, {
  // Returns the template with the values of a group in it.
  *render(group, template) {
    const rendered = pinned();
    const where = [...span('group', group), text('template', template)];
    yield [functions.kv_render, this.store.handle, ...where, rendered];
    return unpinned(rendered).toString();
  },
});

// JSON texts in a store, which are stored and returned byte for byte.
class Json {
  constructor(store) {
    Object.defineProperty(this, 'store', { value: store });
  }
}

define(
  Json,
  {
    // Writes a value if it is a JSON text.
    *set(group, key, value) {
      const data = [...at(group, key), ...span('value', value)];
      yield [functions.kv_set_json, this.store.handle, ...data];
    },

    // Returns the part of a value to which a JSON pointer leads, as it was written, or null.
    *get(group, key, pointer = '') {
      const where = [...at(group, key), text('pointer', pointer)];
      const part = yield* valueOf('kv_get_json', this.store.handle, ...where);
      return part && part.toString();
    },
  },
  { keyed: ['set', 'get'] },
);

module.exports = { Json, Text };
