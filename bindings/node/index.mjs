// The package for `import`.

import kv from './index.js';

export const {
  Batch,
  BoundStore,
  Changes,
  Cursor,
  DecodeError,
  KvError,
  LibraryError,
  Lock,
  ReadStream,
  Reader,
  Store,
  Subscription,
  Transaction,
  Typed,
  Watch,
  WriteStream,
  Writer,
  abiVersion,
  async,
  constants,
  json,
  open,
  openConfig,
  setLog,
  setTrace,
  strerror,
  version,
  versionNumber,
} = kv;

export default kv;
