// Watches: queues of events. A wait in the event loop uses the descriptor of the watch, and no
// thread.

'use strict';

const { integer, options, span, wait } = require('./arguments');
const { define, runSync } = require('./calls');
const { KvError } = require('./errors');
const { decodeEvents, eventIn } = require('./flat');
const { Handle, closing, disposable } = require('./handle');
const { constants: K, functions } = require('./library');
const { Structure, number } = require('./memory');
const { listen } = require('./readiness');
const { oneOf } = require('./scans');

const FILL_LEN = 64 * 1024;

// The queue of a watch, in the order of the commits. `for await` iterates over it until the watch
// or its store is closed.
class Watch extends Handle {
  refusesCopies = function a_watch_cannot_be_copied() {};
  // The events that were taken from the queue, and not yet returned.
  #events = [];
  #at = 0;
  #descriptor = null;
  // The waits for the next event: each is a function that looks again.
  #waiting = new Set();
  // Ends the listening to the descriptor.
  #stop = null;

  // Returns the next event, or null if none has arrived after `timeoutMs` in this thread; null is
  // without end.
  poll(timeoutMs = 0) {
    const ms = wait('timeoutMs', timeoutMs) ?? -1;
    return this.#taken() ?? runSync(this.#polled(ms));
  }

  *#polled(ms) {
    const event = new Structure('kv_event');
    const status = yield [functions.kv_watch_poll, this.handle, ms, event.bytes];
    return status === K.KV_OK ? eventIn(event) : null;
  }

  // Returns the events that are queued, without a wait.
  fill() {
    this.#take();
    const events = this.#events.slice(this.#at);
    [this.#events, this.#at] = [[], 0];
    return events;
  }

  // A file descriptor that is readable while an event is queued or the watch has ended. It belongs
  // to the watch: do not read from it.
  get fd() {
    if (this.#descriptor === null) {
      const found = new Int32Array(1);
      runSync(
        (function* fd(watch) {
          yield [functions.kv_watch_fd, watch.handle, found];
        })(this),
      );
      [this.#descriptor] = found;
    }
    return this.#descriptor;
  }

  #taken() {
    if (this.#at === this.#events.length) return null;
    this.#at += 1;
    return this.#events[this.#at - 1];
  }

  // Moves the queued events here.
  #take() {
    runSync(this.#filled());
  }

  *#filled() {
    const room = Buffer.allocUnsafe(FILL_LEN);
    const [used, count] = [number(), number()];
    const where = [this.handle, room, room.length, used, count];
    const status = yield [functions.kv_watch_fill, ...where];
    let found = [];
    if (status === K.KV_OK) found = decodeEvents(room.subarray(0, Number(used[0])));
    // One event of its own is not copied twice.
    if (status === K.KV_TOO_SMALL) found = [yield* this.#polled(0)].filter(Boolean);
    this.#events = [...this.#events.slice(this.#at), ...found];
    this.#at = 0;
  }

  #next() {
    if (this.#at === this.#events.length) this.#take();
    return this.#taken();
  }

  // Returns a promise of the next event: null after `timeoutMs`, or once the watch is closed here.
  // It rejects with the reason of a signal.
  next(timeoutMs, signal) {
    const ms = wait('timeoutMs', timeoutMs);
    return new Promise((resolve, reject) => {
      let timer = null;
      const end = (settle, value) => {
        this.#waiting.delete(look);
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#rest();
        settle(value);
      };
      const abort = () => end(reject, signal.reason);
      // Looks into the queue; the event loop calls it when the descriptor is readable.
      const look = () => {
        try {
          if (this.isClosed) return end(resolve, null);
          const event = this.#next();
          return event ? end(resolve, event) : undefined;
        } catch (error) {
          return end(reject, error);
        }
      };
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      // The waits are served in their order.
      this.#waiting.add(look);
      if (this.#waiting.size === 1) look();
      if (!this.#waiting.has(look)) return;
      signal?.addEventListener('abort', abort);
      if (ms !== null) timer = setTimeout(() => end(resolve, null), ms);
      try {
        this.#listen();
      } catch (error) {
        end(reject, error);
      }
    });
  }

  #listen() {
    this.#stop ??= listen(this.fd, () => {
      for (const look of [...this.#waiting]) look();
    });
  }

  // Ends the listening if nothing waits, so that the process can end.
  #rest() {
    if (this.#waiting.size) return;
    this.#stop?.();
    this.#stop = null;
  }

  // Ends the watch and all waits for it.
  end() {
    // The descriptor is closed with the watch, so the listening ends before.
    this.#stop?.();
    this.#stop = null;
    const handle = super.end();
    for (const look of [...this.#waiting]) look();
    return handle;
  }

  [Symbol.asyncIterator]() {
    return this.iterate();
  }

  // Returns an iterator over the events; the end of it, by `break` or a signal, closes the watch.
  iterate(given) {
    const { signal } = options('iterate', given, ['signal']);
    const watch = this;
    return {
      async next() {
        try {
          const event = await watch.next(null, signal);
          if (event) return { done: false, value: event };
        } catch (error) {
          watch.close();
          if (signal?.aborted && error === signal.reason) throw error;
          if (!(error instanceof KvError) || !ENDINGS.includes(error.status)) throw error;
        }
        return { done: true, value: undefined };
      },
      async return(value) {
        watch.close();
        return { done: true, value };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

// The errors by which a watch ends whose store was closed.
const ENDINGS = [K.KV_ERR_CLOSED, K.KV_ERR_HANDLE];

const Async = define(Watch, { close: closing('kv_watch_close') });
Object.defineProperty(Async.prototype, 'poll', {
  configurable: true,
  async value(timeoutMs = 0, given = undefined) {
    const { signal } = options('poll', given, ['signal']);
    const watch = Async.targetOf(this);
    const event = await watch.next(timeoutMs, signal);
    // The closed watch says so.
    if (!event && watch.isClosed) watch.poll();
    return event;
  },
});
disposable(Watch, Async);

const WATCH = 'group key groupPrefix keyPrefix existing since capacity'.split(' ');

// Opens a watch on a group and a key, those with a prefix, or any.
function* watch(given) {
  const chosen = options('watch', given, WATCH);
  let flags = 0;
  const part = (name, isPrefix, isAny) => {
    const found = oneOf('watch', chosen, [name, `${name}Prefix`]);
    if (!found) flags |= isAny;
    else if (found !== name) flags |= isPrefix;
    return span(found ?? name, found ? chosen[found] : '');
  };
  const group = part('group', K.KV_WATCH_GROUP_PREFIX, K.KV_WATCH_ANY_GROUP);
  const key = part('key', K.KV_WATCH_KEY_PREFIX, K.KV_WATCH_ANY_KEY);
  const structure = new Structure('kv_watch_options');
  if (chosen.existing) flags |= K.KV_WATCH_EXISTING;
  if (chosen.since !== undefined) {
    flags |= K.KV_WATCH_SINCE;
    structure.set('since', integer('since', chosen.since, 'uint64'));
  }
  if (chosen.capacity !== undefined) {
    structure.set('capacity', integer('capacity', chosen.capacity, 'uint32'));
  }
  structure.set('flags', flags);
  const id = number();
  yield [functions.kv_watch_open, this.handle, ...group, ...key, structure.bytes, id];
  return new Watch(id[0], 'kv_watch_close', 'the watch', this);
}

module.exports = { WATCH, Watch, watch };
