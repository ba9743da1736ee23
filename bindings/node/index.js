// kv: a key-value store in one file on disk, in memory, or in a Redis.

'use strict';

const { Batch } = require('./lib/batch');
const { Changes } = require('./lib/change_log');
const { Cursor } = require('./lib/cursor');
const { KvError } = require('./lib/errors');
const json = require('./lib/json_codec');
const { LibraryError, constants, functions } = require('./lib/library');
const { Lock } = require('./lib/lock');
const { setLog, setTrace } = require('./lib/observe');
const { Reader } = require('./lib/reader');
const { BoundStore, Store, open, openConfig, openLater } = require('./lib/store');
const { ReadStream, WriteStream } = require('./lib/streams');
const { Subscription } = require('./lib/subscription');
const { Transaction } = require('./lib/transaction');
const { DecodeError, Typed } = require('./lib/typed');
const { Watch } = require('./lib/watch');
const { Writer } = require('./lib/writer');

// The loaded library: its version as text and number, its interface, the meaning of a status.
const version = () => functions.kv_version();
const versionNumber = () => functions.kv_version_number();
const abiVersion = () => functions.kv_abi_version();
const strerror = (status) => functions.kv_strerror(status);

module.exports = {
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
  async: openLater,
  constants,
  json: { parse: json.parse, stringify: json.stringify },
  open,
  openConfig,
  setLog,
  setTrace,
  strerror,
  version,
  versionNumber,
};
