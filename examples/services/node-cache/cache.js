// A cache of pages in front of a slow origin, shared by all processes with one store.
//
// Of the callers that miss a page one loads it. In a process the others wait for its promise. Another
// process finds the page's lease taken, and waits until a watch reports the page. The watch also
// reports what others have changed or purged, so each process may keep pages in its memory. A page is
// fresh, and then stale for a while, in which it is served while one process loads it again.

'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { Pages } = require('./pages');

const MEMORY_MAX = 1_000; // Pages in the memory of this process.
const WAIT_MS = 1_000; // After which a waiting process looks again, if its watch was cut off.

class Cache {
  #pages;
  #load;
  #times;
  #watch;
  #memory = new Map();
  #flights = new Map(); // The look-ups that run, one for each key.
  #refreshes = new Set();

  // `load(key)` returns a promise of { body, type, status, isKept }; the body is a Buffer.
  constructor(store, load, { freshMs, staleMs }) {
    this.#pages = new Pages(store);
    [this.#load, this.#times] = [load, { freshMs, staleMs }];
    this.#watch = this.#pages.watch();
    this.#follow(); // If it fails, so does the process: it would go on serving what others purge.
  }

  // Returns a promise of { body, type, status, state }, where state is hit, stale or miss.
  get(key) {
    const page = this.#memory.get(key);
    if (page && Date.now() < page.freshUntil) return Promise.resolve({ ...page, state: 'hit' });
    let flight = this.#flights.get(key);
    if (!flight) {
      flight = { isOutdated: false, wake() {} };
      flight.page = this.#find(key, flight).finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      });
      this.#flights.set(key, flight);
    }
    return flight.page;
  }

  async purge(key) {
    await this.#pages.purge(key);
    this.#forget(key); // The watch reports it as well, but a little later.
  }

  // Waits for the loads in the background. No other call may run.
  async close() {
    await Promise.all(this.#refreshes);
    this.#watch.close();
  }

  async #find(key, flight) {
    for (;;) {
      // Before the look, so that no change after it is missed.
      const changed = new Promise((resolve) => (flight.wake = resolve));
      const page = await this.#pages.get(key);
      if (page) return this.#found(key, page, flight);
      const lease = await this.#pages.lease(key, 0n);
      if (lease) return this.#loadMissing(key, lease);
      await Promise.race([changed, sleep(WAIT_MS, null, { ref: false })]);
    }
  }

  #found(key, page, flight) {
    if (Date.now() >= page.freshUntil) {
      const refresh = this.#refresh(key, page).finally(() => this.#refreshes.delete(refresh));
      this.#refreshes.add(refresh);
      return { ...page, state: 'stale' };
    }
    // If a change was reported since the look began, this may be the page before it.
    if (!flight.isOutdated) {
      if (this.#memory.size >= MEMORY_MAX) this.#memory.delete(this.#memory.keys().next().value);
      this.#memory.set(key, page);
    }
    return { ...page, state: 'hit' };
  }

  async #loadMissing(key, lease) {
    try {
      return { ...(await this.#fill(key, lease)), state: 'miss' };
    } catch (error) {
      await this.#pages.release(key, lease); // The next caller may try at once.
      throw error;
    }
  }

  async #refresh(key, { version }) {
    try {
      const lease = await this.#pages.lease(key, version);
      if (lease) await this.#fill(key, lease);
    } catch (error) {
      // The lease stays: the next load is tried when it has ended.
      console.error(`cannot refresh ${key}: ${error.message}`);
    }
  }

  async #fill(key, lease) {
    const { freshMs, staleMs } = this.#times;
    const { isKept, ...page } = await this.#load(key);
    const kept = isKept ? { ...page, freshUntil: Date.now() + freshMs } : null;
    await this.#pages.keep(key, lease, kept, freshMs + staleMs);
    return page;
  }

  async #follow() {
    for await (const event of this.#watch) {
      const key = String(event.key ?? '');
      if (!event.key) this.#forgetAll(); // Events were lost.
      else if (Pages.isPage(event)) this.#forget(key);
      else this.#flights.get(key)?.wake();
    }
  }

  #forget(key) {
    const flight = this.#flights.get(key);
    this.#memory.delete(key);
    this.#flights.delete(key); // A later call looks by itself.
    if (flight) flight.isOutdated = true;
    flight?.wake();
  }

  #forgetAll() {
    for (const key of [...this.#memory.keys(), ...this.#flights.keys()]) this.#forget(key);
  }
}

module.exports = { Cache };
