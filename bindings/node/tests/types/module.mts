import kv, { open, type Store } from 'kv';

const store: Store = open('memory:');
const other: Store = kv.open('memory:');
void [store, other];
