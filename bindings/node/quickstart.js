// Opens a store, writes two values, reads one and closes it.

'use strict';

const kv = require('.');

const store = kv.open(process.argv[2] || 'app.db');
store.set('config', 'colour', 'blue');
store.set('codes', 'ada', '4711', { ttlMs: 60_000 });
console.log(`colour = ${store.getString('config', 'colour')}`);
store.close();
