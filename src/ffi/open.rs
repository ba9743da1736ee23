//! Opening and closing of stores.

use std::ffi::c_char;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::InText;
use crate::ffi::changes::close_change_cursors;
use crate::ffi::panic_log::log_panics;
use crate::ffi::scan::close_cursors;
use crate::ffi::status::{KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{adopt, check_fork, kv_store, remove};
use crate::ffi::stream::close_streams;
use crate::{Error, ErrorKind, flush_log, is_calling_back, release_closed};

/// Opens the store that `location` names: a path, `sqlite:PATH?option=value&...`,
/// `log:PATH?option=value&...`, `memory:?option=value&...`, `memory:NAME`, `:memory:`, or a Redis,
/// see below. A path without a scheme is taken literally. A missing file is created, readable and
/// writable by its owner alone. Handles on one file share one engine within a process; an opening
/// with options that differ from those in use is refused. A file that cannot be written for its
/// permissions or its medium is opened for reading: then a write returns KV_ERR_READ_ONLY with the
/// reason.
///
/// The options of a SQLite store are these. Durations have units (500ms, 1.5s, 1h30m, 7d, 2w), and
/// so may sizes (64MiB, 1.5GB).
///
/// | option             | default | meaning                                                       |
/// |--------------------|---------|---------------------------------------------------------------|
/// | durability         | normal  | normal or full: full also survives a loss of power            |
/// | busy_timeout       | 5s      | the longest wait for locks of other processes                 |
/// | purge_interval     | 60s     | the interval of the purge; 0: never                           |
/// | snapshot_timeout   | 0       | how long a cursor or snapshot may be unused; 0: no limit      |
/// | slow               | 0       | the duration from which on a call is in the log; 0: none      |
/// | max_memory         | 0       | the limit of memory of entries, caches, queues; 0: no limit   |
/// | wal_limit          | 64MiB   | the size of the WAL after which it is checkpointed            |
/// | entry_cache        | 16MiB   | the size of the cache of entries; 0: none                     |
/// | inline_limit       | 960     | bytes of group, key and value up to which a value is inline   |
/// | create             | on      | on or off: a missing file is created                          |
/// | create_dirs        | off     | on or off: missing folders are created                        |
/// | foreign_data       | refuse  | refuse or ignore: the effect of data of petrock or go-store   |
/// | read_only          | off     | on or off: the store is only read                             |
/// | changes *          | off     | on or off: the file has a change log                          |
/// | changes_keep *     | 100000  | the number of changes that the change log keeps; 0: all       |
/// | changes_keep_for * | 0       | the time for which the change log keeps changes; 0: for ever  |
/// | max_bytes *        | 0       | the limit of bytes of groups, keys and values; 0: no limit    |
/// | max_entries *      | 0       | the limit of entries; 0: no limit                             |
/// | evict *            | none    | none or lru: the effect of a write that exceeds a limit       |
/// | default_ttl        | 0       | the ttl of entries that are written without one; 0: for ever  |
///
/// Options with a star are stored in the file and hold for all processes; one that is omitted
/// keeps its stored value, and the default is that of a new file. The other options hold for this
/// process. changes_keep and changes_keep_for need a change log. With one, watches also receive
/// the changes of other processes. A store in memory has the options purge_interval, max_bytes,
/// max_entries, evict and default_ttl.
///
/// `log:PATH` is a store with all entries in memory and all changes in a log, in a folder of its
/// own that one process at a time writes. docs/storage.md says what it survives. Its options are
/// these; none is stored.
///
/// | option         | default | meaning                                                           |
/// |----------------|---------|-------------------------------------------------------------------|
/// | durability     | normal  | normal or full: full also survives a loss of power                |
/// | sync_every     | 100ms   | how long a write may not be on the disk yet                       |
/// | purge_interval | 60s     | the interval of the purge; 0: never                               |
/// | slow           | 0       | the duration from which on a call is in the log; 0: none          |
/// | max_memory     | 0       | the limit of memory of entries, caches, queues; 0: no limit       |
/// | log_limit      | 64MiB   | the least size of the log at which a snapshot is made             |
/// | create         | on      | on or off: a missing folder is created                            |
/// | create_dirs    | off     | on or off: missing folders above it are created                   |
/// | read_only      | off     | on or off: the store is only read, as it is at its opening        |
/// | changes        | off     | on or off: the changes in the log can be read                     |
/// | changes_keep   | 100000  | the number of changes that are kept at least; 0: all              |
/// | max_bytes      | 0       | the limit of bytes of groups, keys and values; 0: no limit        |
/// | max_entries    | 0       | the limit of entries; 0: no limit                                 |
/// | evict          | none    | none or lru: the effect of a write that exceeds a limit           |
/// | default_ttl    | 0       | the ttl of entries that are written without one; 0: for ever      |
///
/// `memory:` and `:memory:` are a new store each time. `memory:NAME` is one store for all handles
/// of the process that were opened with this name, of at most 255 letters, digits and -_., until
/// the last of them is closed.
///
/// A write that would exceed a limit first purges expired entries. If that is not enough, the
/// option evict decides. With none, the write fails with KV_ERR_FULL, and nothing is changed. With
/// lru, the least recently used entries are removed in the same transaction, each with a
/// KV_EVENT_DELETE, until there is room; only a write that would not fit into the empty store
/// fails with KV_ERR_FULL. A read of a key or of its ttl and a write use an entry; scans, counts
/// and conditions do not. The limits hold for the result of a whole batch, and a batch evicts no
/// entry that it uses itself. max_bytes=0&max_entries=0 removes the limits; evict=lru without a
/// limit is refused.
///
/// redis://USER:PASSWORD@HOST:6379/0?option=value&... is a store in a Redis, and
/// redis-cluster://HOST,HOST one in a Redis Cluster; rediss and rediss-cluster are encrypted.
/// redis-sentinel://HOST:26379,HOST/NAME/0 is the master that Sentinels name.
/// redis+unix:///run/redis.sock?db=0 is a server behind a Unix socket. valkey in place of redis is
/// the same. User and password are escaped as %XX; everything between the scheme and the options
/// may be omitted. docs/redis.md has the deadlines of calls and the errors of servers.
/// docs/storage.md lists the rules that do not hold on Redis; calls that need them return
/// KV_ERR_UNSUPPORTED. The options are these.
///
/// | option                 | default | meaning                                                   |
/// |------------------------|---------|-----------------------------------------------------------|
/// | prefix                 | kv      | the prefix of all keys of the store                       |
/// | pool_size              | 10      | the largest number of connections to a server             |
/// | connect_timeout        | 2s      | the longest time in which a connection is made            |
/// | call_timeout           | 5s      | the longest time of a call; a second more for each MiB    |
/// | purge_interval         | 60s     | the interval of the purge; 0: never                       |
/// | slow                   | 0       | the duration from which on a call is in the log; 0: none  |
/// | default_ttl            | 0       | the ttl of entries written without one; 0: for ever       |
/// | stream_max             | 1GiB    | the most bytes of a value in pieces                       |
/// | scans                  | live    | live or snapshot: a snapshot is one moment, limited       |
/// | spread                 | off     | off or groups: each group of a namespace in its own slot  |
/// | expiry_events          | on      | on or off: the server reports expiry in the default group |
/// | password_file          |         | a file whose first line is the password                   |
/// | password_env           |         | a variable of the environment with the password           |
/// | sentinel_user          |         | the user of the Sentinels; empty: the default user        |
/// | sentinel_password      |         | the password of the Sentinels; empty: none                |
/// | sentinel_password_file |         | a file whose first line is that password                  |
/// | sentinel_password_env  |         | a variable with that password                             |
/// | tls_ca                 |         | a PEM file of trusted CA certificates                     |
/// | tls_cert               |         | a PEM file of the client certificate                      |
/// | tls_key                |         | a PEM file of the private key of the client certificate   |
///
/// The caller ends the handle with kv_close. On failure the handle is zeroed.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for an invalid location or option, which the message names;
/// KV_ERR_IO or KV_ERR_PERMISSION with os_error if the file cannot be opened; KV_ERR_FORMAT for a
/// file that is not a store, has a newer format, or has data of petrock or go-store and no store,
/// and is left unchanged; KV_ERR_CORRUPT for a damaged file; KV_ERR_BUSY if another process holds
/// the file past the time-out or has the log open, or if this one has it open outside the library;
/// KV_ERR_READ_ONLY if SQLite cannot create the files that it keeps beside the database;
/// KV_ERR_UNAVAILABLE if no server replies in time; KV_ERR_PERMISSION if the server denies access;
/// KV_ERR_MEMORY when 4,096 stores are open.
/// @errors call arguments engine KV_ERR_FULL KV_ERR_READ_ONLY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_open(
    location: *const c_char,
    store: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InText(location), Out(store), Out(error));
    store.reset(kv_store { id: 0 });
    guard(error, || {
        let store = store.required("store")?;
        check_fork()?;
        log_panics();
        let location = location.to_str("location")?;
        store.write(kv_store { id: adopt(crate::open(location)?)? });
        Ok(KV_OK)
    })
}

/// Opens the store `service` of a services file. The file is YAML and names stores:
///
/// services: {sessions: {type: kvstore_sqlite, config: {path: app.db, durability: full}}}
///
/// A type is kvstore_sqlite, kvstore_log, kvstore_memory or kvstore_redis. The keys of a config
/// are the path and the options of kv_open, and for a Redis also addr, username, password, db,
/// cluster and tls. An unknown key is an error, and so is a value of the wrong type. In texts,
/// ${NAME} and ${NAME:default} are replaced by a variable of the environment. docs/services.md
/// describes the file in full.
///
/// The configs of other services are not read. To open a service twice is to open its file twice,
/// as with kv_open; a service in memory is a new store each time. Relative paths, that of the file
/// and those in it, are relative to the working directory.
///
/// The caller ends the handle with kv_close. On failure the handle is zeroed. No other thread may
/// change the environment during the call.
///
/// Returns KV_OK; KV_ERR_CONFIG if the file is invalid or does not contain the service: the
/// message has file, line, column, service and key, but no password and no value of a variable;
/// KV_ERR_IO or KV_ERR_PERMISSION with os_error if the file cannot be read; KV_ERR_ARGUMENT for
/// NULL or text that is not UTF-8. If the store itself cannot be opened, the status is that of the
/// failure, and the message begins with the line of the service.
/// @errors call arguments engine KV_ERR_FULL KV_ERR_READ_ONLY KV_ERR_CONFIG
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_open_config(
    config_path: *const c_char,
    service: *const c_char,
    store: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InText(config_path), InText(service), Out(store), Out(error));
    store.reset(kv_store { id: 0 });
    guard(error, || {
        let store = store.required("store")?;
        check_fork()?;
        let path = config_path.to_str("config_path")?;
        let service = service.to_str("service")?;
        log_panics();
        store.write(kv_store { id: adopt(crate::open_config(path, service)?)? });
        Ok(KV_OK)
    })
}

/// Closes a store. The call refuses new calls on the handle with KV_ERR_HANDLE, waits for running
/// ones, and ends the cursors, watches, callbacks, readers and writers of the store: the next call
/// on a cursor, watch, reader or writer returns KV_ERR_CLOSED, and a thread that waits in one is
/// woken. The file is closed with its last handle, once no cursor is at an entry. For a bound
/// handle the call ends the handle alone, see kv_bind.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a store;
/// KV_ERR_BUSY from inside a callback.
/// @errors handle KV_ERR_BUSY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_close(store: kv_store, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        if is_calling_back() {
            let message = "a store cannot be closed inside a callback";
            return Err(Error::new(ErrorKind::Busy, message));
        }
        let closed = remove(store)?;
        close_cursors(store.id);
        close_change_cursors(store.id);
        close_streams(store.id);
        drop(closed);
        release_closed();
        flush_log();
        Ok(KV_OK)
    })
}
