// The limits of namespaces.

'use strict';

const { integer, options, text } = require('./arguments');
const { define } = require('./calls');
const { figures } = require('./figures');
const { functions } = require('./library');

const LIMITS = ['maxKeys', 'maxGroups', 'maxBytes'];

// The quotas of a store, by the names of namespaces.
class Quotas {
  constructor(store) {
    Object.defineProperty(this, 'store', { value: store });
  }
}

define(Quotas, {
  // Sets the three limits of a namespace; one that is left out, null or 0 is no limit.
  *set(namespace, given) {
    const chosen = options('quotas.set', given, LIMITS);
    const limits = LIMITS.map((name) => integer(name, chosen[name] ?? 0));
    yield [functions.kv_quota_set, this.store.handle, text('namespace', namespace), ...limits];
  },

  // Returns the limits, null for none, and the usage.
  *get(namespace) {
    const name = text('namespace', namespace);
    const quota = yield* figures('kv_quota', functions.kv_quota_get, this.store.handle, name);
    for (const limit of LIMITS) quota[limit] ||= null;
    return quota;
  },
});

module.exports = { Quotas };
