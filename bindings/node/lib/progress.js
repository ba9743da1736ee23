// Progress functions of backups, restores and copies: the library calls them while it works.

'use strict';

const { koffi } = require('./koffi');
const { callbackOf, layouts } = require('./library');

// Runs an operation with a progress function of the program. `name` is the type of the callback
// and `read` makes the arguments of the function. The function ends the call by the return of
// false or by an exception, which is thrown when the call has ended.
function* withProgress(name, progress, read, operation) {
  if (progress === undefined) return yield* operation(null);
  let thrown;
  const callback = koffi.register(
    (_, ...given) => {
      try {
        return progress(...read(...given)) === false ? 1 : 0;
      } catch (error) {
        thrown = { error };
        return 1;
      }
    },
    koffi.pointer(callbackOf(name)),
  );
  try {
    return yield* operation(callback);
  } catch (error) {
    throw thrown ? thrown.error : error;
  } finally {
    koffi.unregister(callback);
  }
}

// Returns a field of 8 bytes of a structure at an address.
function fieldAt(structure, address, field) {
  const { offset } = layouts[structure].fields[field];
  return BigInt(koffi.decode(address, offset, 'uint64_t'));
}

module.exports = { fieldAt, withProgress };
