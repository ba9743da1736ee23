// The change log: changes that the file keeps.

'use strict';

const { integer } = require('./arguments');
const { define } = require('./calls');
const { decodeEvents, eventIn } = require('./flat');
const { Handle } = require('./handle');
const { Iteration } = require('./iteration');
const { constants: K, functions } = require('./library');
const { Structure, number } = require('./memory');

const PAGE_LEN = 64 * 1024;

// A scan of the change log from a version on. It ends where there is no further change yet, and can
// be iterated again for those that were made since.
class Changes extends Iteration {
  #store;
  #since;
  #handle = null;
  #page = [];
  #at = 0;
  #isClosed = false;

  constructor(store, since) {
    super(
      () => this.#next(),
      () => this.#end(),
    );
    this.#store = store;
    this.#since = since;
  }

  *#turn() {
    if (!this.#handle) {
      const id = number();
      yield [functions.kv_changes, this.#store.handle, this.#since, id];
      this.#handle = new Handle(id[0], 'kv_changes_close', 'the change cursor');
    }
    const [used, count] = [number(), number()];
    const room = Buffer.allocUnsafe(PAGE_LEN);
    const where = [this.#handle.handle, room, room.length, used, count];
    const status = yield [functions.kv_changes_fill, ...where];
    this.#at = 0;
    if (status === K.KV_TOO_SMALL) {
      const event = new Structure('kv_event');
      yield [functions.kv_changes_next, this.#handle.handle, event.bytes];
      this.#page = [eventIn(event)];
    } else {
      this.#page = decodeEvents(room.subarray(0, Number(used[0])));
    }
    return this.#page.length > 0;
  }

  *#next() {
    const done = { done: true, value: undefined };
    if (this.#isClosed) return done;
    if (this.#at === this.#page.length && !(yield* this.#turn())) return done;
    this.#at += 1;
    return { done: false, value: this.#page[this.#at - 1] };
  }

  *#end() {
    this.#isClosed = true;
    const handle = this.#handle?.end();
    if (handle) yield [functions.kv_changes_close, handle];
  }

  toJSON() {
    throw new TypeError('a change cursor cannot be copied or sent; send the events');
  }
}

// The changes that a file with `changes=on` keeps.
class ChangeLog {
  constructor(store) {
    Object.defineProperty(this, 'store', { value: store });
  }

  // Returns a scan of the changes after a version, 0n for all.
  read(since = 0n) {
    return new Changes(this.store, integer('since', since, 'uint64'));
  }
}

define(ChangeLog, {
  *oldest() {
    const since = number();
    yield [functions.kv_changes_oldest, this.store.handle, since];
    return since[0];
  },
});

module.exports = { ChangeLog, Changes };
