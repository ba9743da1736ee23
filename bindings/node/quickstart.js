// Opens a store, writes two values, reads one and closes it.

'use strict';

const { Store } = require('./kv');

const store = new Store(process.argv[2] || 'app.db');
store.set('config', 'colour', 'blue');
store.set('codes', 'ada', '4711', 60_000);
console.log(`colour = ${store.get('config', 'colour')}`);
store.close();
