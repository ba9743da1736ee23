// The parts that the scans of a store and of the change log have in common: they are iterated by
// `for`, in this thread, or by `for await`, in others, and ended by `close` or a `break`.

'use strict';

const { runAsync, runSync } = require('./calls');

// An object that is iterated. It is for one thread at a time.
class Iteration {
  #next;
  #end;
  // Of the calls in other threads, each begins after the one before it has ended.
  #tail = Promise.resolve();
  #pending = 0;

  // `next` returns the operation for the next element, `end` the one that ends the iteration.
  constructor(next, end) {
    this.#next = next;
    this.#end = end;
  }

  // Runs an operation in other threads, after those before it.
  static later(iteration, operation) {
    const done = iteration.#tail.then(() => runAsync(operation));
    const settled = () => {
      iteration.#pending -= 1;
    };
    iteration.#pending += 1;
    iteration.#tail = done.then(settled, settled);
    return done;
  }

  // Returns whether no operation runs or waits.
  static isIdle(iteration) {
    return iteration.#pending === 0;
  }

  // Returns an iterator by `next`, which returns a promise of a result.
  static iterator(iteration, next) {
    return {
      next,
      return: async (value) => {
        await Iteration.later(iteration, iteration.#end());
        return { done: true, value };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  // Ends the scan and releases what it holds; closing again does nothing.
  close() {
    runSync(this.#end());
  }

  [Symbol.iterator]() {
    return {
      next: () => runSync(this.#next()),
      return: (value) => {
        this.close();
        return { done: true, value };
      },
      [Symbol.iterator]() {
        return this;
      },
    };
  }

  [Symbol.asyncIterator]() {
    return Iteration.iterator(this, () => Iteration.later(this, this.#next()));
  }
}

if (Symbol.dispose) Iteration.prototype[Symbol.dispose] = Iteration.prototype.close;

module.exports = { Iteration };
