// Loads the shared library that platform.js finds, and compares its interface with the declarations.

'use strict';

const { LibraryError, koffi } = require('./koffi');
const {
  aliases,
  callbacks,
  constants,
  functions: signatures,
  structures,
} = require('./declarations');
const { locate } = require('./platform');

// The types have no names in koffi, which has one table of names for all modules of a process: so
// two copies of this package work side by side.
const types = new Map([
  ['bytes', 'str'],
  ['text', 'str'],
  ['pointer', 'void *'],
  ['out bytes', koffi.out('void *')],
]);
for (const [name, scalar] of Object.entries(aliases)) types.set(name, scalar);

const layouts = {};
for (const [name, fields] of Object.entries(structures)) {
  const members = Object.entries(fields).map(([field, type]) => [
    field,
    Array.isArray(type) ? koffi.array(type[0], type[1]) : typeOf(type),
  ]);
  const structure = koffi.struct(Object.fromEntries(members));
  types.set(name, structure);
  layouts[name] = { size: koffi.sizeof(structure), fields: {} };
  for (const [field, type] of Object.entries(fields)) {
    layouts[name].fields[field] = { offset: koffi.offsetof(structure, field), type };
  }
}

// Returns the type of koffi for one of the declarations.
function typeOf(word) {
  if (types.has(word)) return types.get(word);
  const [direction, name] = word.split(' ');
  if (direction === 'out') return koffi.out(koffi.pointer(typeOf(name)));
  if (direction === 'inout') return koffi.inout(koffi.pointer(typeOf(name)));
  if (direction === 'function') return koffi.pointer(callbackOf(name));
  return word;
}

// The parameters that the calling conventions of Linux pass in registers, on each processor.
const REGISTERS = 6;

// Returns how a parameter is passed. A structure of one or two integers of 64 bits is passed as
// these integers, by System V on x86-64 as by AAPCS64, if registers are left. A number is also the
// safe way: koffi reads the fields of an object by functions that fail while a worker is ended.
function passed(word, at, all) {
  const fields = Object.values(structures[word] ?? {});
  if (!fields.length) return [word];
  const before = all.slice(0, at).flatMap((one, index) => passed(one, index, all)).length;
  const isPlain = fields.every((type) => type === 'uint64_t');
  if (!isPlain || fields.length > 2 || before + fields.length > REGISTERS) {
    throw new LibraryError(`a ${word} by value has no rule in library.js`);
  }
  return fields;
}

function callbackOf(name) {
  if (!types.has(`callback ${name}`)) {
    const [result, ...parameters] = callbacks[name].split(', ');
    types.set(`callback ${name}`, koffi.proto(typeOf(result), parameters.map(typeOf)));
  }
  return types.get(`callback ${name}`);
}

// Returns the functions of a library by their names in C, or throws a LibraryError.
function load({ name, found }) {
  let library;
  try {
    library = koffi.load(name);
  } catch (error) {
    throw new LibraryError(
      `cannot load the kv library ${name}: ${error.message}; ${found}. Install the library ` +
        `(make install), or set KV_LIBRARY to the path of a libkv.so`,
      { cause: error },
    );
  }
  const declared = (symbol) => {
    const [result, ...parameters] = signatures[symbol].split(', ');
    return library.func(symbol, typeOf(result), parameters.flatMap(passed).map(typeOf));
  };
  let version;
  try {
    version = declared('kv_abi_version')();
  } catch (error) {
    throw new LibraryError(`${name} is not the kv library: it has no kv_abi_version`, {
      cause: error,
    });
  }
  if (version !== constants.KV_ABI_VERSION) {
    throw new LibraryError(
      `${name} has interface ${version} of kv, and this package is for interface ` +
        `${constants.KV_ABI_VERSION}; install the two from one release`,
    );
  }
  try {
    return Object.fromEntries(Object.keys(signatures).map((symbol) => [symbol, declared(symbol)]));
  } catch (error) {
    throw new LibraryError(`${name} is older than this package: ${error.message}`, {
      cause: error,
    });
  }
}

const functions = load(locate());

module.exports = { LibraryError, callbackOf, constants, functions, layouts };
