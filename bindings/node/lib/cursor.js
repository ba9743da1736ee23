// Scans: cursors that are iterated by `for`, in this thread, or by `for await`, in others.

'use strict';

const { options } = require('./arguments');
const { runSync } = require('./calls');
const { decodeEntries } = require('./flat');
const { Handle } = require('./handle');
const { Iteration } = require('./iteration');
const { constants: K, functions } = require('./library');
const { Structure, expiry, number } = require('./memory');

// A page is what one call of the library returns. Later pages are larger.
const PAGE_LEN_MIN = 4 * 1024;
const PAGE_LEN_MAX = 256 * 1024;

// The part of an entry that each kind of cursor returns.
const PICKS = {
  entry: ({ key, value, version, expiresAtMs }) => ({ key, value, version, expiresAtMs }),
  key: ({ key }) => key,
  size: ({ key, value, version, expiresAtMs }) => ({
    key,
    size: Number(value.readBigUInt64LE()),
    version,
    expiresAtMs,
  }),
  group: ({ group }) => group,
  part: ({ value }) => value,
};

// Returns the entry that a kv_entry has, as decodeEntries would.
function entryIn(structure) {
  const bytes = (field) => structure.copied(field) ?? Buffer.alloc(0);
  return {
    group: bytes('group'),
    key: bytes('key'),
    value: bytes('value'),
    version: structure.get('version'),
    expiresAtMs: expiry(structure.get('expires_at_ms')),
  };
}

// A scan. It begins with the first entry that is asked for, and ends with the last one, with a
// `break`, or by `close`. It is iterated once.
class Cursor extends Iteration {
  #open;
  #pick;
  #handle = null;
  #isEnded = false;
  #page = [];
  #at = 0;
  #buffer = null;

  // `open` is an operation that returns the id of a cursor, or null for one without entries.
  constructor(open, pick) {
    super(
      () => this.#next(),
      () => this.#end(),
    );
    this.#open = open;
    this.#pick = PICKS[pick];
  }

  *#begin() {
    const id = yield* this.#open();
    if (id === null) this.#isEnded = true;
    else this.#handle = new Handle(id, 'kv_cursor_close', 'the cursor');
  }

  // Reads the next page, or ends the cursor behind the last one.
  *#turn() {
    if (!this.#handle && !this.#isEnded) yield* this.#begin();
    if (this.#isEnded) return;
    const length = this.#buffer ? this.#buffer.length * 4 : PAGE_LEN_MIN;
    if (length <= PAGE_LEN_MAX) this.#buffer = Buffer.allocUnsafeSlow(length);
    const [used, count] = [number(), number()];
    const where = [this.#handle.handle, this.#buffer, this.#buffer.length, used, count];
    const status = yield [functions.kv_cursor_fill, ...where];
    this.#at = 0;
    if (status === K.KV_TOO_SMALL) {
      // One entry of its own is not copied twice.
      const entry = new Structure('kv_entry');
      yield [functions.kv_cursor_next, this.#handle.handle, entry.bytes];
      this.#page = [entryIn(entry)];
    } else {
      this.#page = decodeEntries(this.#buffer.subarray(0, Number(used[0])));
      if (status === K.KV_DONE && !this.#page.length) yield* this.#end();
    }
  }

  *#next() {
    while (this.#at === this.#page.length && !this.#isEnded) {
      try {
        yield* this.#turn();
      } catch (error) {
        yield* this.#end(true);
        throw error;
      }
    }
    if (this.#at === this.#page.length) return { done: true, value: undefined };
    this.#at += 1;
    return { done: false, value: this.#pick(this.#page[this.#at - 1]) };
  }

  // `isFailed`: an error is on its way, which must not be hidden by another.
  *#end(isFailed = false) {
    const handle = this.#handle?.end();
    if (handle) {
      try {
        yield [functions.kv_cursor_close, handle];
      } catch (error) {
        if (!isFailed) {
          this.#handle.reopen();
          throw error;
        }
      }
    }
    this.#isEnded = true;
    [this.#page, this.#at, this.#buffer] = [[], 0, null];
  }

  *#isSnapshot() {
    if (!this.#handle && !this.#isEnded) yield* this.#begin();
    if (!this.#handle) return true;
    const is = new Int32Array(1);
    yield [functions.kv_cursor_is_snapshot, this.#handle.handle, is];
    return is[0] === 1;
  }

  *#rest() {
    const all = [];
    for (;;) {
      const { done, value } = yield* this.#next();
      if (done) return all;
      all.push(value);
    }
  }

  #later(operation) {
    return Iteration.later(this, operation);
  }

  // An entry of the page needs no other thread.
  async #nextLater() {
    const isHere = Iteration.isIdle(this) && this.#at < this.#page.length;
    return isHere ? runSync(this.#next()) : this.#later(this.#next());
  }

  // Returns the entries that are left.
  toArray() {
    return runSync(this.#rest());
  }

  // Whether the scan is one snapshot; only one of a Redis may be live.
  isSnapshot() {
    return runSync(this.#isSnapshot());
  }

  get async() {
    return {
      toArray: () => this.#later(this.#rest()),
      isSnapshot: () => this.#later(this.#isSnapshot()),
      close: () => this.#later(this.#end()),
    };
  }

  [Symbol.asyncIterator]() {
    return this.iterate();
  }

  // Returns an iterator over the entries that ends with a signal, too, by its reason.
  iterate(given) {
    const { signal } = options('iterate', given, ['signal']);
    return Iteration.iterator(this, async () => {
      if (!signal?.aborted) return this.#nextLater();
      await this.#later(this.#end());
      throw signal.reason;
    });
  }

  toJSON() {
    throw new TypeError('a cursor cannot be copied or sent; send the entries');
  }
}

if (Symbol.asyncDispose) {
  Cursor.prototype[Symbol.asyncDispose] = function disposeAsync() {
    return this.async.close();
  };
}

module.exports = { Cursor };
