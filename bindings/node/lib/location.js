// Locations: the texts that name stores.

'use strict';

const path = require('node:path');
const { fileURLToPath } = require('node:url');
const { text } = require('./arguments');

// A store that the library has opened, for the constructor of its object. It keeps the `parent`
// that would end it.
class Opened {
  constructor(id, name, parent = null) {
    Object.assign(this, { id, name, parent });
  }
}

// Returns a location for the library. A URL of a file is its path, taken literally.
function locationOf(given) {
  if (given instanceof URL && given.protocol === 'file:')
    return path.resolve(fileURLToPath(given));
  return text('location', given);
}

// Returns a location for a reader: of a server's address without user, password and options.
function shown(location) {
  const [scheme, address] = location.split(/:\/\/(.*)/s);
  if (address === undefined) return location;
  // A password may hold any character, so the last @ counts, wherever it stands.
  const at = address.lastIndexOf('@');
  const host = address.slice(at + 1).split('?')[0];
  return `${scheme}://${at < 0 ? '' : '***@'}${host}`;
}

module.exports = { Opened, locationOf, shown };
