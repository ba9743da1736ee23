// The pages of a cache in a store, and the leases under which they are loaded.
//
// A lease is an entry beside the page. It is taken in one step with a check that the page is still
// absent, or still the stale one, and a page is stored only under its lease. A purge deletes both, so
// a page that was loaded before a purge is not stored after it. Locks would do as well, but a store
// that evicts refuses them; the eviction of a lease costs one more load.

'use strict';

const { randomUUID } = require('node:crypto');

// In one namespace, because on a cluster a batch has to be in one slot.
const PAGES = 'cache:pages';
const LEASES = 'cache:leases';
const LEASE_MS = 10_000; // Longer than a load may take.

class Pages {
  #store;

  constructor(store) {
    this.#store = store;
  }

  // Returns a promise of a page with its version, or of null.
  async get(key) {
    const entry = await this.#store.async.getEntry(PAGES, key);
    return entry && { ...decode(entry.value), version: entry.version };
  }

  // Returns the version of the lease, or null if another process has it or has changed the page,
  // which was at a version; 0n is absent.
  async lease(key, version) {
    const batch = this.#store.batch().check(PAGES, key, version);
    // Each lease has a value of its own, because the versions of a Redis are hashes of values.
    batch.set(LEASES, key, randomUUID(), { condition: 'absent', ttlMs: LEASE_MS });
    return (await committed(batch))?.[1].version ?? null;
  }

  // Ends a lease with the page that was loaded, or with null for none. If the page was purged
  // meanwhile, or the lease has ended, this changes nothing.
  async keep(key, lease, page, ttlMs) {
    const batch = this.#store.batch().check(LEASES, key, lease).delete(LEASES, key);
    if (page) batch.set(PAGES, key, encode(page), { ttlMs });
    else batch.delete(PAGES, key);
    await committed(batch);
  }

  // Ends a lease without a page.
  async release(key, lease) {
    await committed(this.#store.batch().check(LEASES, key, lease).delete(LEASES, key));
  }

  async purge(key) {
    await this.#store.batch().delete(PAGES, key).delete(LEASES, key).async.commit();
  }

  // Returns a watch of pages and leases.
  watch() {
    return this.#store.watch({ groupPrefix: 'cache:' });
  }

  // Returns whether an event is about a page.
  static isPage(event) {
    return String(event.group) === PAGES;
  }
}

// Returns the results of a batch, or null if a condition of it does not hold.
async function committed(batch) {
  try {
    return await batch.async.commit();
  } catch (error) {
    if (error.code === 'KV_CONFLICT') return null;
    throw error;
  }
}

// A page is stored as a line of JSON, and its body.
function encode({ body, ...head }) {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

function decode(value) {
  const end = value.indexOf('\n');
  return { ...JSON.parse(value.subarray(0, end).toString()), body: value.subarray(end + 1) };
}

module.exports = { Pages };
