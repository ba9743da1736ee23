// Finds the shared library: the file that KV_LIBRARY names, that of the package for this platform, or
// the system's libkv.so.0.
//
// The packages for platforms are the optional dependencies of a package from a registry: npm installs
// the one that fits. The package in the tree has none.

'use strict';

const { LibraryError } = require('./koffi');
const self = require('../package.json');

const NAME = 'libkv.so.0';

// Returns this platform, such as linux-x64-gnu.
function platform() {
  const { report } = process;
  const before = report.excludeNetwork;
  // Without this, a report looks up the names of connected hosts.
  report.excludeNetwork = true;
  try {
    const { glibcVersionRuntime } = report.getReport().header;
    return `${process.platform}-${process.arch}-${glibcVersionRuntime ? 'gnu' : 'musl'}`;
  } finally {
    report.excludeNetwork = before;
  }
}

// Returns the path of the library in a package, or undefined if the package is not installed.
function packed(name) {
  let version;
  try {
    ({ version } = require(`${name}/package.json`));
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
  if (version !== self.version) {
    throw new LibraryError(
      `${name} has version ${version}, and ${self.name} has version ${self.version}; install the ` +
        'two from one release',
    );
  }
  return require.resolve(`${name}/${NAME}`);
}

// Returns the name to load the library by, and a clause for the message of a failure: how the name
// was found, or why another place has no library.
function locate() {
  const variable = process.env.KV_LIBRARY;
  const dependencies = self.optionalDependencies;
  if (variable) return { name: variable, found: `the variable KV_LIBRARY has ${variable}` };
  if (!dependencies) return { name: NAME, found: 'KV_LIBRARY is not set' };
  const here = platform();
  const dependency = Object.keys(dependencies).find((name) => name.endsWith(`/${here}`));
  if (!dependency) {
    return { name: NAME, found: `KV_LIBRARY is not set, and ${here} has no package of the library` };
  }
  const path = packed(dependency);
  if (path) return { name: path, found: `it is that of the package ${dependency}` };
  return {
    name: NAME,
    found:
      `KV_LIBRARY is not set, and the package ${dependency} is not installed: npm install ` +
      `${self.name} adds it, on this platform and without --omit=optional`,
  };
}

module.exports = { locate };
