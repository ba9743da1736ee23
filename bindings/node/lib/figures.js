// The structures of figures that a call fills in, as objects.

'use strict';

const { layouts } = require('./library');
const { camel } = require('./observed_names');
const { Structure } = require('./memory');

// The fields that are of C alone, and those that are 0 or 1.
const OWN = ['size', 'reserved'];
const FLAGS = ['read_only', 'poisoned'];

function valueOf(structure, name, { offset, type }) {
  if (Array.isArray(type) && type[0] === 'char') {
    const end = structure.bytes.indexOf(0, offset);
    return structure.bytes.toString('utf8', offset, end) || null;
  }
  if (Array.isArray(type)) return structure.numbers(name);
  const value = Number(structure.get(name));
  return FLAGS.includes(name) ? value === 1 : value;
}

// Calls a function of the library with `given` and a structure of a name, and returns its fields.
function* figures(name, call, ...given) {
  const structure = new Structure(name);
  yield [call, ...given, structure.bytes];
  const fields = Object.entries(layouts[name].fields).filter(([field]) => !OWN.includes(field));
  return Object.fromEntries(
    fields.map(([field, at]) => [camel(field), valueOf(structure, field, at)]),
  );
}

module.exports = { figures };
