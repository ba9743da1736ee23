// koffi, by which the package calls the library.

'use strict';

// The library cannot be loaded: it is not found, or is not one that the declarations describe.
class LibraryError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = 'LibraryError';
    this.code = 'KV_LIBRARY';
  }
}

// npm leaves out the dependencies of a folder that it installs as a link.
function load() {
  try {
    return require('koffi');
  } catch (cause) {
    if (cause.code !== 'MODULE_NOT_FOUND') throw cause;
    throw new LibraryError(
      'kv needs the package koffi, which is not installed. Install kv by npm install ' +
        '--install-links FOLDER, or run npm ci --omit=dev in its folder',
      { cause },
    );
  }
}

module.exports = { LibraryError, koffi: load() };
