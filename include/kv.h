/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Generated from src/ffi, docs/header and tests/c/header. Do not edit it. */

/**
 * @file kv.h
 *
 * kv: a key-value store in one file on disk, in memory, or in a Redis.
 *
 * A store holds groups, a group holds keys, and a key has a value, a version and optionally an
 * expiry. Names and values are bytes of any kind, NUL included, and may be empty. The group with
 * the empty name is the default group. A key has up to 65,535 bytes, the name of a group as many, a
 * value up to 512 MiB.
 *
 * ## Conventions
 *
 * 1. Every call that can fail returns a kv_status: 0 is success, a positive number is an outcome
 *    (not found, conflict, done), a negative number is an error. Numbers are never reused.
 * 2. The last parameter is an optional kv_error, allocated by the caller: status, the operating
 *    system's error number, message. A call fills it only if its status is negative. The library
 *    keeps no error state per thread.
 * 3. Bytes are passed as pointer and length. NULL is allowed with length 0. The length KV_NUL means
 *    that the bytes end with a NUL.
 * 4. Output parameters stand before the error and are written only on success and on outcomes. On
 *    failure an output handle is zeroed, and a kv_copy_state holds the position of the copy.
 * 5. A handle is a number in a structure of its own type; {0} is no handle. A call on a zero,
 *    closed or forged handle, or on one of another kind or of another process, returns
 *    KV_ERR_HANDLE and never crashes.
 * 6. A structure that can grow begins with its size, which its INIT macro sets. It is read and
 *    filled as far as that size goes, so programs compiled with an older header keep working. NULL
 *    for options means the defaults; unknown flags are KV_ERR_ARGUMENT.
 * 7. Enumerations are passed as fixed-width integers with constants.
 * 8. No panic or exception leaves the library. A caught bug is KV_ERR_PANIC, and the store then
 *    refuses writes with KV_ERR_POISONED until it is opened again.
 * 9. In the child of a fork in a process with an open store, every call returns KV_ERR_FORKED.
 *
 * ## Ownership
 *
 * The caller ends or frees each object by the function in this table. Bytes that the object points
 * to are borrowed from the library and may be read until the event in the last column; a program
 * that needs them longer copies them.
 *
 * | object           | created or filled by       | ended or freed by     | bytes valid until   |
 * |------------------|----------------------------|-----------------------|---------------------|
 * | kv_store         | kv_open, kv_scope          | kv_close              |                     |
 * | kv_value         | kv_get, kv_take and others | kv_value_free         | kv_value_free       |
 * | kv_cursor        | kv_scan, kv_get_split      | kv_cursor_close       |                     |
 * | kv_entry         | kv_cursor_next             |                       | next call on cursor |
 * | kv_batch         | kv_batch_new               | kv_batch_close        |                     |
 * | kv_txn           | kv_txn_begin               | kv_txn_commit, _abort |                     |
 * | kv_watch         | kv_watch_open              | kv_watch_close        |                     |
 * | kv_subscription  | kv_on_change               | kv_subscription_close |                     |
 * | kv_change_cursor | kv_changes                 | kv_changes_close      |                     |
 * | kv_event         | kv_watch_poll              |                       | next poll of watch  |
 * | kv_event         | kv_changes_next            |                       | next call on cursor |
 * | kv_event         | the call of a kv_change_fn |                       | return of that call |
 * | kv_copy_state    | kv_copy                    | kv_copy_state_free    | kv_copy_state_free  |
 * | kv_error         | any call that fails        |                       | next call with it   |
 *
 * The bytes of a kv_value stay valid and unchanged after its store is closed or its entry is
 * changed.
 *
 * ## Threads
 *
 * On a handle for one thread at a time, a call that overlaps with another one returns KV_ERR_BUSY.
 *
 * | object                      | threads                                                      |
 * |-----------------------------|--------------------------------------------------------------|
 * | kv_store                    | any call from any thread at any time, kv_close among them    |
 * | kv_watch                    | one thread polls at a time; kv_watch_close from any thread   |
 * | kv_subscription             | any thread; the callback runs in the writing thread          |
 * | kv_cursor, kv_change_cursor | one thread at a time, not always the same                    |
 * | kv_batch, kv_txn            | one thread at a time, not always the same                    |
 * | kv_value, kv_copy_state     | any thread reads it; one thread frees it, once               |
 * | kv_error, options, buffers  | owned by the caller; unchanged by others during the call     |
 *
 * ## A whole program
 *
 * @code{.c}
 * #include <kv.h>
 * #include <stdio.h>
 *
 * int main(void)
 * {
 *     kv_store store;
 *     kv_error error;
 *     kv_value value;
 *     if (kv_open("app.db", &store, &error) != KV_OK ||
 *         kv_set(store, "config", KV_NUL, "colour", KV_NUL, "blue", KV_NUL, &error) != KV_OK ||
 *         kv_get(store, "config", KV_NUL, "colour", KV_NUL, &value, &error) != KV_OK) {
 *         fprintf(stderr, "%s\n", error.message);
 *         return 1;
 *     }
 *     printf("%.*s\n", (int)value.len, (const char *)value.data);
 *     kv_value_free(&value);
 *     return kv_close(store, &error) == KV_OK ? 0 : 1;
 * }
 * @endcode
 */

#ifndef KV_H
#define KV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Statuses and errors ---------------------------------------------------------------------- */

/**
 * @defgroup statuses Statuses and errors
 *
 * A call returns KV_OK, an outcome, or an error. The sign distinguishes the three: 0 is KV_OK,
 * positive numbers are outcomes that a program expects now and then (KV_NOT_FOUND, KV_CONFLICT,
 * KV_DONE), and negative numbers are errors. So `status < 0` is the whole test for an error. The
 * comment of a function lists all statuses that it can return.
 *
 * The last parameter of most calls is a kv_error, which the caller allocates and which may be NULL.
 * A call that returns an error fills it with the status, the operating system's error number (0 if
 * there is none) and a message; otherwise the call leaves it unchanged. The message is for people:
 * it names the attempted operation and the object. Programs compare the status.
 *
 * @code{.c}
 * // Three ways for a call to end: success, an outcome, an error.
 * static int has_colour(kv_store store)
 * {
 *     kv_error error;
 *     kv_status status = kv_exists(store, "config", KV_NUL, "colour", KV_NUL, &error);
 *     if (status < 0) {
 *         fprintf(stderr, "kv: %s (%s)\n", error.message, kv_strerror(status));
 *         if (status == KV_ERR_IO) fprintf(stderr, "errno %d\n", (int)error.os_error);
 *         return -1;
 *     }
 *     return status == KV_OK; // else KV_NOT_FOUND
 * }
 * @endcode
 * @{
 */

/**
 * The result of a call: 0 is success, a positive number an outcome, a negative number an error.
 *
 * Numbers are never reused for another meaning.
 */
typedef int32_t kv_status;

/** The call has succeeded. */
#define KV_OK 0

/** The key has no live entry. */
#define KV_NOT_FOUND 1

/** A condition does not hold; nothing was written. */
#define KV_CONFLICT 2

/** A cursor has reached its end. */
#define KV_DONE 3

/** No event is queued, and none arrived before the timeout of the call. */
#define KV_TIMEOUT 4

/** The caller's buffer is too small; the call has written the length that is needed. */
#define KV_TOO_SMALL 5

/** An argument or option is invalid. */
#define KV_ERR_ARGUMENT (-1)

/** A handle is zero, stale, forged, closed or of another kind. */
#define KV_ERR_HANDLE (-2)

/** The store behind the handle was closed. */
#define KV_ERR_CLOSED (-3)

/** A lock was not free before the time-out, or another call uses the handle. */
#define KV_ERR_BUSY (-4)

/** The write would exceed the quota of a namespace. */
#define KV_ERR_QUOTA (-5)

/** The disk is full, or the store has reached its limit. */
#define KV_ERR_FULL (-6)

/** A group, key, value or buffer exceeds its limit. */
#define KV_ERR_TOO_LARGE (-7)

/** A value is not a 64-bit decimal integer, or the sum would not be one. */
#define KV_ERR_NOT_INTEGER (-8)

/** A value is not JSON. */
#define KV_ERR_NOT_JSON (-9)

/** A read or write failed; os_error is the operating system's error number. */
#define KV_ERR_IO (-10)

/** The store was opened for reading only, or can only be read. */
#define KV_ERR_READ_ONLY (-11)

/** The operating system denies access. */
#define KV_ERR_PERMISSION (-12)

/** The file is damaged. */
#define KV_ERR_CORRUPT (-13)

/** The file is not a store, or has a format that this version does not know. */
#define KV_ERR_FORMAT (-14)

/** The engine of the store cannot perform the call as its contract requires. */
#define KV_ERR_UNSUPPORTED (-15)

/**
 * A server cannot be reached, or does not reply in time; os_error is the system's error number if
 * it has reported one, such as that of a refused connection.
 */
#define KV_ERR_UNAVAILABLE (-16)

/** A services file is invalid, or does not contain the service. */
#define KV_ERR_CONFIG (-17)

/**
 * The requested changes were trimmed from the change log, or the snapshot of a cursor has ended
 * because it was not used.
 */
#define KV_ERR_COMPACTED (-18)

/** An earlier failure left the durability of writes unknown; close the store and open it again. */
#define KV_ERR_POISONED (-19)

/** The process was forked while a store was open, and cannot use any store. */
#define KV_ERR_FORKED (-20)

/** The library caught a bug of its own at its boundary. */
#define KV_ERR_PANIC (-21)

/** Memory is exhausted, or the limit of open handles is reached. */
#define KV_ERR_MEMORY (-22)

/**
 * The call was cancelled, see kv_cancel. It has written nothing, except the finished steps of a
 * copy or purge.
 */
#define KV_ERR_CANCELLED (-23)

/**
 * The deadline of the call has passed, see kv_arm. It has written nothing, except the finished
 * steps of a copy or purge.
 */
#define KV_ERR_DEADLINE (-24)

/** A length: the bytes end with a NUL, which is not part of them. */
#define KV_NUL SIZE_MAX

/** The size of kv_error.message in bytes, the final NUL included. */
#define KV_ERROR_MESSAGE_LEN 248

/**
 * The description of an error, in memory of the caller. A call fills it only if its status is
 * negative.
 */
typedef struct kv_error {
  /** The status that the call has returned. */
  kv_status code;
  /**
   * The operating system's error number, or 0 if there is none: errno, and on Windows that of
   * GetLastError.
   */
  int32_t os_error;
  /** A sentence in UTF-8 that ends with a NUL. A longer message is cut between characters. */
  char message[KV_ERROR_MESSAGE_LEN];
} kv_error;

/** @} */

/* --- Opening ---------------------------------------------------------------------------------- */

/**
 * @defgroup opening Opening
 *
 * A location names the store to open: a path, a `sqlite:`, `memory:`, `redis:` or `redis-cluster:`
 * URI with options, or a service that a YAML file describes (kv_open_config). All engines take the
 * same calls; a call that an engine cannot perform returns KV_ERR_UNSUPPORTED.
 *
 * A kv_store is a handle that all threads of a process may share. Handles on one file share one
 * engine within the process, and several processes may open one file. The caller ends each handle
 * with kv_close, which waits for running calls, ends the cursors, watches and callbacks of the
 * store, and wakes their waiting threads.
 *
 * @code{.c}
 * static kv_status open_app(kv_store *store, kv_error *error)
 * {
 *     // Commits survive a loss of power; watches receive all changes; the default ttl is 1 h.
 *     return kv_open("sqlite:app.db?durability=full&changes=on&default_ttl=1h", store, error);
 * }
 *
 * static kv_status open_cache(kv_store *store, kv_error *error)
 * {
 *     // In memory, up to 64 MiB; the least recently used entries are evicted.
 *     return kv_open("memory:?max_bytes=64MiB&evict=lru", store, error);
 * }
 * @endcode
 * @{
 */

/**
 * The handle of an open store. All calls on it, kv_close among them, may come from any thread at
 * any time.
 */
typedef struct kv_store {
  /** The number of the handle; 0 is no store. */
  uint64_t id;
} kv_store;

/**
 * Opens the store that `location` names: a path, `sqlite:PATH?option=value&...`,
 * `log:PATH?option=value&...`, `memory:?option=value&...`, `memory:NAME`, `:memory:`, or a Redis,
 * see below. A path without a scheme is taken literally. A missing file is created, readable and
 * writable by its owner alone. Handles on one file share one engine within a process; an opening
 * with options that differ from those in use is refused. A file that cannot be written for its
 * permissions or its medium is opened for reading: then a write returns KV_ERR_READ_ONLY with the
 * reason.
 *
 * The options of a SQLite store are these. Durations have units (500ms, 1.5s, 1h30m, 7d, 2w), and
 * so may sizes (64MiB, 1.5GB).
 *
 * | option             | default | meaning                                                       |
 * |--------------------|---------|---------------------------------------------------------------|
 * | durability         | normal  | normal or full: full also survives a loss of power            |
 * | busy_timeout       | 5s      | the longest wait for locks of other processes                 |
 * | purge_interval     | 60s     | the interval of the purge; 0: never                           |
 * | snapshot_timeout   | 0       | how long a cursor or snapshot may be unused; 0: no limit      |
 * | slow               | 0       | the duration from which on a call is in the log; 0: none      |
 * | max_memory         | 0       | the limit of memory of entries, caches, queues; 0: no limit   |
 * | wal_limit          | 64MiB   | the size of the WAL after which it is checkpointed            |
 * | entry_cache        | 16MiB   | the size of the cache of entries; 0: none                     |
 * | inline_limit       | 960     | bytes of group, key and value up to which a value is inline   |
 * | create             | on      | on or off: a missing file is created                          |
 * | create_dirs        | off     | on or off: missing folders are created                        |
 * | foreign_data       | refuse  | refuse or ignore: the effect of data of petrock or go-store   |
 * | read_only          | off     | on or off: the store is only read                             |
 * | changes *          | off     | on or off: the file has a change log                          |
 * | changes_keep *     | 100000  | the number of changes that the change log keeps; 0: all       |
 * | changes_keep_for * | 0       | the time for which the change log keeps changes; 0: for ever  |
 * | max_bytes *        | 0       | the limit of bytes of groups, keys and values; 0: no limit    |
 * | max_entries *      | 0       | the limit of entries; 0: no limit                             |
 * | evict *            | none    | none or lru: the effect of a write that exceeds a limit       |
 * | default_ttl        | 0       | the ttl of entries that are written without one; 0: for ever  |
 *
 * Options with a star are stored in the file and hold for all processes; one that is omitted keeps
 * its stored value, and the default is that of a new file. The other options hold for this process.
 * changes_keep and changes_keep_for need a change log. With one, watches also receive the changes
 * of other processes. A store in memory has the options purge_interval, max_bytes, max_entries,
 * evict and default_ttl.
 *
 * `log:PATH` is a store with all entries in memory and all changes in a log, in a folder of its own
 * that one process at a time writes. docs/storage.md says what it survives. Its options are these;
 * none is stored.
 *
 * | option         | default | meaning                                                           |
 * |----------------|---------|-------------------------------------------------------------------|
 * | durability     | normal  | normal or full: full also survives a loss of power                |
 * | sync_every     | 100ms   | how long a write may not be on the disk yet                       |
 * | purge_interval | 60s     | the interval of the purge; 0: never                               |
 * | slow           | 0       | the duration from which on a call is in the log; 0: none          |
 * | max_memory     | 0       | the limit of memory of entries, caches, queues; 0: no limit       |
 * | log_limit      | 64MiB   | the least size of the log at which a snapshot is made             |
 * | create         | on      | on or off: a missing folder is created                            |
 * | create_dirs    | off     | on or off: missing folders above it are created                   |
 * | read_only      | off     | on or off: the store is only read, as it is at its opening        |
 * | changes        | off     | on or off: the changes in the log can be read                     |
 * | changes_keep   | 100000  | the number of changes that are kept at least; 0: all              |
 * | max_bytes      | 0       | the limit of bytes of groups, keys and values; 0: no limit        |
 * | max_entries    | 0       | the limit of entries; 0: no limit                                 |
 * | evict          | none    | none or lru: the effect of a write that exceeds a limit           |
 * | default_ttl    | 0       | the ttl of entries that are written without one; 0: for ever      |
 *
 * `memory:` and `:memory:` are a new store each time. `memory:NAME` is one store for all handles of
 * the process that were opened with this name, of at most 255 letters, digits and -_., until the
 * last of them is closed.
 *
 * A write that would exceed a limit first purges expired entries. If that is not enough, the option
 * evict decides. With none, the write fails with KV_ERR_FULL, and nothing is changed. With lru, the
 * least recently used entries are removed in the same transaction, each with a KV_EVENT_DELETE,
 * until there is room; only a write that would not fit into the empty store fails with KV_ERR_FULL.
 * A read of a key or of its ttl and a write use an entry; scans, counts and conditions do not. The
 * limits hold for the result of a whole batch, and a batch evicts no entry that it uses itself.
 * max_bytes=0&max_entries=0 removes the limits; evict=lru without a limit is refused.
 *
 * redis://USER:PASSWORD\@HOST:6379/0?option=value&... is a store in a Redis, and
 * redis-cluster://HOST,HOST one in a Redis Cluster; rediss and rediss-cluster are encrypted.
 * redis-sentinel://HOST:26379,HOST/NAME/0 is the master that Sentinels name.
 * redis+unix:///run/redis.sock?db=0 is a server behind a Unix socket. valkey in place of redis is
 * the same. User and password are escaped as \%XX; everything between the scheme and the options
 * may be omitted. docs/redis.md has the deadlines of calls and the errors of servers.
 * docs/storage.md lists the rules that do not hold on Redis; calls that need them return
 * KV_ERR_UNSUPPORTED. The options are these.
 *
 * | option                 | default | meaning                                                   |
 * |------------------------|---------|-----------------------------------------------------------|
 * | prefix                 | kv      | the prefix of all keys of the store                       |
 * | pool_size              | 10      | the largest number of connections to a server             |
 * | connect_timeout        | 2s      | the longest time in which a connection is made            |
 * | call_timeout           | 5s      | the longest time of a call; a second more for each MiB    |
 * | purge_interval         | 60s     | the interval of the purge; 0: never                       |
 * | slow                   | 0       | the duration from which on a call is in the log; 0: none  |
 * | default_ttl            | 0       | the ttl of entries written without one; 0: for ever       |
 * | stream_max             | 1GiB    | the most bytes of a value in pieces                       |
 * | scans                  | live    | live or snapshot: a snapshot is one moment, limited       |
 * | spread                 | off     | off or groups: each group of a namespace in its own slot  |
 * | expiry_events          | on      | on or off: the server reports expiry in the default group |
 * | password_file          |         | a file whose first line is the password                   |
 * | password_env           |         | a variable of the environment with the password           |
 * | sentinel_user          |         | the user of the Sentinels; empty: the default user        |
 * | sentinel_password      |         | the password of the Sentinels; empty: none                |
 * | sentinel_password_file |         | a file whose first line is that password                  |
 * | sentinel_password_env  |         | a variable with that password                             |
 * | tls_ca                 |         | a PEM file of trusted CA certificates                     |
 * | tls_cert               |         | a PEM file of the client certificate                      |
 * | tls_key                |         | a PEM file of the private key of the client certificate   |
 *
 * The caller ends the handle with kv_close. On failure the handle is zeroed.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for an invalid location or option, which the message names;
 * KV_ERR_IO or KV_ERR_PERMISSION with os_error if the file cannot be opened; KV_ERR_FORMAT for a
 * file that is not a store, has a newer format, or has data of petrock or go-store and no store,
 * and is left unchanged; KV_ERR_CORRUPT for a damaged file; KV_ERR_BUSY if another process holds
 * the file past the time-out or has the log open, or if this one has it open outside the library;
 * KV_ERR_READ_ONLY if SQLite cannot create the files that it keeps beside the database;
 * KV_ERR_UNAVAILABLE if no server replies in time; KV_ERR_PERMISSION if the server denies access;
 * KV_ERR_MEMORY when 4,096 stores are open.
 * Other errors: KV_ERR_FULL, KV_ERR_UNSUPPORTED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_open(const char *location, kv_store *store, kv_error *error);

/**
 * Opens the store `service` of a services file. The file is YAML and names stores:
 *
 * services: {sessions: {type: kvstore_sqlite, config: {path: app.db, durability: full}}}
 *
 * A type is kvstore_sqlite, kvstore_log, kvstore_memory or kvstore_redis. The keys of a config are
 * the path and the options of kv_open, and for a Redis also addr, username, password, db, cluster
 * and tls. An unknown key is an error, and so is a value of the wrong type. In texts, ${NAME} and
 * ${NAME:default} are replaced by a variable of the environment. docs/services.md describes the
 * file in full.
 *
 * The configs of other services are not read. To open a service twice is to open its file twice, as
 * with kv_open; a service in memory is a new store each time. Relative paths, that of the file and
 * those in it, are relative to the working directory.
 *
 * The caller ends the handle with kv_close. On failure the handle is zeroed. No other thread may
 * change the environment during the call.
 *
 * Returns KV_OK; KV_ERR_CONFIG if the file is invalid or does not contain the service: the message
 * has file, line, column, service and key, but no password and no value of a variable; KV_ERR_IO or
 * KV_ERR_PERMISSION with os_error if the file cannot be read; KV_ERR_ARGUMENT for NULL or text that
 * is not UTF-8. If the store itself cannot be opened, the status is that of the failure, and the
 * message begins with the line of the service.
 * Other errors: KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_READ_ONLY, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_open_config(const char *config_path, const char *service, kv_store *store,
                         kv_error *error);

/**
 * Closes a store. The call refuses new calls on the handle with KV_ERR_HANDLE, waits for running
 * ones, and ends the cursors, watches, callbacks, readers and writers of the store: the next call
 * on a cursor, watch, reader or writer returns KV_ERR_CLOSED, and a thread that waits in one is
 * woken. The file is closed with its last handle, once no cursor is at an entry. For a bound handle
 * the call ends the handle alone, see kv_bind.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a store;
 * KV_ERR_BUSY from inside a callback.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_close(kv_store store, kv_error *error);

/** @} */

/* --- Entries ---------------------------------------------------------------------------------- */

/**
 * @defgroup entries Entries
 *
 * An entry is a value under a key of a group, with a version that rises with each write; on Redis
 * it changes with the value. A write is unconditional (kv_set) or has a condition (kv_put): the key
 * is absent, present, or at a version. A condition that does not hold is the outcome KV_CONFLICT,
 * and nothing is written; this is compare-and-set.
 *
 * There are two ways to read a value. kv_get pins it: `data` points into the library's memory,
 * stays valid and unchanged after later writes and after kv_close, and is released by
 * kv_value_free. kv_get_into copies the value into the caller's buffer, and needs no release. Each
 * write of an entry is atomic for all threads and processes. kv_set clears an earlier expiry;
 * kv_increment and kv_append keep it.
 *
 * @code{.c}
 * // Replaces a value only if no other writer has changed it since it was read.
 * static kv_status replace(kv_store store, const char *key, const char *text, kv_error *error)
 * {
 *     kv_value value;
 *     kv_status status = kv_get(store, "pages", KV_NUL, key, KV_NUL, &value, error);
 *     if (status != KV_OK) return status;
 *     kv_put_options options = KV_PUT_OPTIONS_INIT;
 *     options.condition = KV_IF_VERSION;
 *     options.version = value.version;
 *     kv_value_free(&value);
 *     // KV_CONFLICT if another write came in between.
 *     return kv_put(store, "pages", KV_NUL, key, KV_NUL, text, KV_NUL, &options, NULL, error);
 * }
 * @endcode
 * @{
 */

/** For kv_put_options.condition: no condition. */
#define KV_IF_ANY 0

/** For kv_put_options.condition: the key must be absent. */
#define KV_IF_ABSENT 1

/** For kv_put_options.condition: the key must be present. */
#define KV_IF_PRESENT 2

/** For kv_put_options.condition: the key must be at kv_put_options.version; 0 means absent. */
#define KV_IF_VERSION 3

/**
 * For kv_put_options.expiry: none is given. The entry gets the default_ttl that the store was
 * opened with; without one it never expires. For an entry that never expires in any store, use
 * KV_EXPIRY_AFTER with KV_TTL_NEVER.
 */
#define KV_EXPIRY_DEFAULT 0

/**
 * For kv_put_options.expiry: the entry expires time_ms milliseconds after the write. KV_TTL_NEVER,
 * 0 and KV_TTL_DEFAULT have their usual meanings.
 */
#define KV_EXPIRY_AFTER 1

/**
 * For kv_put_options.expiry: the entry expires at time_ms, in milliseconds since 1970. -1, the
 * expiry that is read from an entry that never expires, is never.
 */
#define KV_EXPIRY_AT 2

/**
 * For kv_put_options.expiry: a live entry keeps its expiry; a new one gets the default_ttl of the
 * store.
 */
#define KV_EXPIRY_KEEP 3

/** For kv_put_options.durability: the durability of the store. */
#define KV_DURABILITY_DEFAULT 0

/** For kv_put_options.durability: the durability of a store with durability=normal. */
#define KV_DURABILITY_NORMAL 1

/**
 * For kv_put_options.durability: the durability of a store with durability=full: the write and all
 * before it survive a loss of power when it returns. On Redis, whose server decides that, the write
 * returns KV_ERR_UNSUPPORTED.
 */
#define KV_DURABILITY_FULL 2

/**
 * A value that the library keeps in memory until kv_value_free. A copy of the structure copies no
 * bytes, and the value is freed once.
 */
typedef struct kv_value {
  /** The bytes; not NULL for a value that was read, also if it is empty. */
  const uint8_t *data;
  /** The number of bytes. */
  size_t len;
  /** The version of the entry. */
  uint64_t version;
  /** The expiry in milliseconds since 1970, or -1 if the entry never expires. */
  int64_t expires_at_ms;
  /** The number by which kv_value_free finds the bytes; 0 if there is nothing to free. */
  uint64_t owner;
  /** The size of the whole value in bytes; equal to `len` if the bytes are present. */
  uint64_t value_size;
  /** Reserved; 0. */
  uint32_t flags;
  /** Reserved; 0. */
  uint32_t reserved;
} kv_value;

/**
 * The options of a write. Initialise it with KV_PUT_OPTIONS_INIT. A field that the condition or the
 * expiry does not use must be 0.
 */
typedef struct kv_put_options {
  /** sizeof(kv_put_options). */
  uint32_t size;
  /** One of KV_IF_*. */
  uint32_t condition;
  /** The version that KV_IF_VERSION requires. */
  uint64_t version;
  /** One of KV_EXPIRY_*. */
  uint32_t expiry;
  /** One of KV_DURABILITY_*. */
  uint32_t durability;
  /** Milliseconds, for KV_EXPIRY_AFTER and KV_EXPIRY_AT. */
  int64_t time_ms;
} kv_put_options;

/** Initialises a kv_put_options: the defaults. */
#define KV_PUT_OPTIONS_INIT { sizeof(kv_put_options), 0, 0, 0, 0, 0 }

/**
 * Frees a value and zeroes the structure. NULL, a zeroed structure, and a value that was already
 * freed, through this or a copied structure, are ignored.
 *
 * Threads: any thread, once for each value.
 *
 * @since 0.2.0
 */
void kv_value_free(kv_value *value);

/**
 * Reads the value under a key and pins it; kv_value_free releases it. Later writes do not change
 * the bytes, and they stay valid after the store is closed. On any other status `value` is zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_ERR_MEMORY when 1,048,576 values
 * are pinned.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED,
 * KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get(kv_store store, const void *group, size_t group_len, const void *key,
                 size_t key_len, kv_value *value, kv_error *error);

/**
 * Copies the value under a key into `buffer`, which has room for `capacity` bytes, and writes its
 * length to `*len`. `buffer` may be NULL if `capacity` is 0.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_TOO_SMALL if the value is longer
 * than `capacity`: then nothing is copied, and `*len` is the length that is needed.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get_into(kv_store store, const void *group, size_t group_len, const void *key,
                      size_t key_len, void *buffer, size_t capacity, size_t *len, kv_error *error);

/**
 * Reads the version and expiry of the entry under a key, and the size of its value, without the
 * value: `value->data` is NULL, `value->len` is 0, and there is nothing to free. On any other
 * status `value` is zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get_info(kv_store store, const void *group, size_t group_len, const void *key,
                      size_t key_len, kv_value *value, kv_error *error);

/**
 * Checks whether a key has a live entry.
 *
 * Returns KV_OK if it has one; KV_NOT_FOUND if it is absent or expired.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_exists(kv_store store, const void *group, size_t group_len, const void *key,
                    size_t key_len, kv_error *error);

/**
 * Writes a value under a key. The entry gets the default_ttl that the store was opened with;
 * without one it never expires. An earlier expiry is cleared.
 *
 * Returns KV_OK; KV_ERR_BUSY if another process holds the file past the time-out; KV_ERR_FULL with
 * os_error 0 if the store has reached its limit (max_bytes, max_entries), or with the operating
 * system's error number if the disk is full. On any error nothing is written.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_QUOTA, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_set(kv_store store, const void *group, size_t group_len, const void *key,
                 size_t key_len, const void *value, size_t value_len, kv_error *error);

/**
 * Writes a value under a key if a condition holds, with the expiry that `options` states. `options`
 * may be NULL for an unconditional write like kv_set, and `version` may be NULL.
 *
 * Returns KV_OK, with the version of the written entry in `*version`; KV_CONFLICT if the condition
 * does not hold, with the current version of the key (0: absent): then nothing is written.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_put(kv_store store, const void *group, size_t group_len, const void *key,
                 size_t key_len, const void *value, size_t value_len, const kv_put_options *options,
                 uint64_t *version, kv_error *error);

/**
 * Deletes a key.
 *
 * Returns KV_OK if it had a live entry; KV_NOT_FOUND if it was absent or expired.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_delete(kv_store store, const void *group, size_t group_len, const void *key,
                    size_t key_len, kv_error *error);

/**
 * Deletes a key if it is at `version`, which must not be 0.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_CONFLICT if it is at another
 * version.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_delete_version(kv_store store, const void *group, size_t group_len, const void *key,
                            size_t key_len, uint64_t version, kv_error *error);

/**
 * Deletes a key and returns the value that it had, pinned; kv_value_free releases it. Of any number
 * of concurrent callers, in any number of processes, exactly one receives the value. On any other
 * status `value` is zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_take(kv_store store, const void *group, size_t group_len, const void *key,
                  size_t key_len, kv_value *value, kv_error *error);

/**
 * Adds `delta` to the integer under a key and writes the sum to `*result`, which may be NULL.
 * Integers are stored as decimal text. An absent key counts as 0, and the new entry gets the ttl
 * `ttl_ms_if_created`, in milliseconds and with the meanings of kv_set_ttl; a live entry keeps its
 * expiry.
 *
 * Returns KV_OK; KV_ERR_NOT_INTEGER if the value is not an integer or the sum is outside the range
 * of int64_t. On any error nothing is written.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA,
 * KV_ERR_FULL, KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_increment(kv_store store, const void *group, size_t group_len, const void *key,
                       size_t key_len, int64_t delta, int64_t ttl_ms_if_created, int64_t *result,
                       kv_error *error);

/**
 * Appends bytes to the value under a key and writes the new length to `*len`, which may be NULL. An
 * absent key counts as empty, and the new entry gets the ttl `ttl_ms_if_created`, in milliseconds
 * and with the meanings of kv_set_ttl; a live entry keeps its expiry.
 *
 * Returns KV_OK; KV_ERR_TOO_LARGE also if the new value would be too long. On any error nothing is
 * written.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA,
 * KV_ERR_FULL, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_append(kv_store store, const void *group, size_t group_len, const void *key,
                    size_t key_len, const void *value, size_t value_len, int64_t ttl_ms_if_created,
                    size_t *len, kv_error *error);

/** @} */

/* --- Expiry ----------------------------------------------------------------------------------- */

/**
 * @defgroup expiry Expiry
 *
 * An entry with an expiry is expired from that very millisecond on: every read, scan, count and
 * condition treats it as absent, whether or not the purge has removed it yet. Expiries are
 * milliseconds since 1970 by the wall clock, -1 for never.
 *
 * A ttl is a duration in milliseconds from now. It has the same meanings in every call: 0 and
 * KV_TTL_NEVER are for ever, KV_TTL_DEFAULT is the default_ttl that the store was opened with, and
 * any other negative number is KV_ERR_ARGUMENT. A change of the expiry alone leaves value and
 * version as they are.
 *
 * @code{.c}
 * // A session ends half an hour after its last use. KV_NOT_FOUND: it has ended.
 * static const int64_t half_an_hour = 30 * 60 * 1000;
 *
 * static kv_status begin(kv_store store, const char *id, const char *user, kv_error *error)
 * {
 *     return kv_set_ttl(store, "sessions", KV_NUL, id, KV_NUL, user, KV_NUL, half_an_hour, error);
 * }
 *
 * static kv_status use(kv_store store, const char *id, kv_error *error)
 * {
 *     return kv_expire(store, "sessions", KV_NUL, id, KV_NUL, half_an_hour, 0, error);
 * }
 * @endcode
 * @{
 */

/**
 * A ttl: for ever. kv_ttl returns it for an entry that never expires. As an argument, 0 has the
 * same meaning.
 */
#define KV_TTL_NEVER (-1)

/**
 * A ttl, as an argument: none is given. The entry gets the default_ttl that the store was opened
 * with; without one it never expires.
 */
#define KV_TTL_DEFAULT INT64_MIN

/** For kv_expire: only if the entry has no expiry. It excludes the other flags. */
#define KV_EXPIRE_NX 1

/** For kv_expire: only if the entry has an expiry. */
#define KV_EXPIRE_XX 2

/** For kv_expire: only if the new expiry is later. No expiry counts as the latest. */
#define KV_EXPIRE_GT 4

/** For kv_expire: only if the new expiry is earlier. No expiry counts as the latest. */
#define KV_EXPIRE_LT 8

/**
 * Writes a value under a key with a ttl of `ttl_ms` milliseconds. 0 and KV_TTL_NEVER are for ever,
 * whatever the default_ttl of the store; with KV_TTL_DEFAULT the call writes as kv_set does.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for any other negative ttl. On any error nothing is written.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_set_ttl(kv_store store, const void *group, size_t group_len, const void *key,
                     size_t key_len, const void *value, size_t value_len, int64_t ttl_ms,
                     kv_error *error);

/**
 * Writes the remaining ttl of a key to `*ttl_ms`: milliseconds, at least 1, or KV_TTL_NEVER if the
 * entry never expires.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_ttl(kv_store store, const void *group, size_t group_len, const void *key,
                 size_t key_len, int64_t *ttl_ms, kv_error *error);

/**
 * Sets the expiry of a key to `ttl_ms` milliseconds from now. 0 and KV_TTL_NEVER are for ever,
 * KV_TTL_DEFAULT is the default_ttl of the store. Value and version stay as they are. `flags` is 0,
 * KV_EXPIRE_NX alone, or a combination of KV_EXPIRE_XX and either KV_EXPIRE_GT or KV_EXPIRE_LT.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_CONFLICT if the flags do not
 * allow the change; KV_ERR_ARGUMENT also for any other negative ttl, and for flags that contradict
 * each other.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_expire(kv_store store, const void *group, size_t group_len, const void *key,
                    size_t key_len, int64_t ttl_ms, uint32_t flags, kv_error *error);

/**
 * Removes the expiry of a key, so that it never expires. Value and version stay as they are.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_persist(kv_store store, const void *group, size_t group_len, const void *key,
                     size_t key_len, kv_error *error);

/** @} */

/* --- The flat form ---------------------------------------------------------------------------- */

/**
 * @defgroup flat_form The flat form
 *
 * The flat form is a sequence of records in one buffer, packed without padding. Keys and batch
 * steps are passed in, and entries and events are returned, in this form, so that a binding of
 * another language makes one call for many of them. All numbers are little-endian; a record begins
 * wherever the one before it ends, so its numbers may be unaligned.
 *
 * A step of a batch is 44 bytes, then group, key and value:
 *
 * - u32 step: 1 check, 2 get, 3 set, 4 delete, 5 take, 6 increment, 7 append, 8 expire, 9 delete
 *   prefix (the key is the prefix), 10 delete all (the group is the beginning of names of groups)
 * - u32 bits 0-3 KV_IF_*, bits 4-7 KV_EXPIRY_*, bits 8-11 KV_EXPIRE_NX|XX|GT|LT
 * - u64 version for KV_IF_VERSION
 * - i64 time_ms of the expiry
 * - i64 delta of an increment
 * - u32 group length, u32 key length, u32 value length
 *
 * A key for kv_get_many is 8 bytes, then group and key:
 *
 * - u32 group length, u32 key length
 *
 * An entry is 28 bytes, then group, key and value:
 *
 * - u64 version
 * - i64 expires_at_ms, or -1
 * - u32 group length, u32 key length, u32 value length
 *
 * An event is 40 bytes, then group, key and value:
 *
 * - u32 type, one of KV_EVENT_*
 * - u32 group length, u32 key length, u32 value length
 * - u64 version
 * - i64 time_ms
 * - u64 lost; for KV_EVENT_SET_LARGE the size of the value
 *
 * @code{.c}
 * static uint32_t u32(const unsigned char *at)
 * {
 *     return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
 * }
 *
 * // Prints the keys of `count` entries in flat form.
 * static void print_keys(const unsigned char *at, size_t count)
 * {
 *     while (count-- > 0) {
 *         uint32_t group_len = u32(at + 16), key_len = u32(at + 20), value_len = u32(at + 24);
 *         printf("%.*s\n", (int)key_len, (const char *)at + 28 + group_len);
 *         at += 28 + group_len + key_len + value_len;
 *     }
 * }
 * @endcode
 * @{
 */

/** @} */

/* --- Scans ------------------------------------------------------------------------------------ */

/**
 * @defgroup scans Scans
 *
 * A scan visits the live entries of a group in the byte order of their keys, forwards or backwards,
 * selected by a prefix or glob, by bounds and by a limit. A cursor returns them one at a time
 * (kv_cursor_next) or as many as fit into a buffer (kv_cursor_fill).
 *
 * A cursor reads one snapshot: later writes are not visible in it, and do not wait for it. The
 * exception is a Redis store without KV_SCAN_SNAPSHOT or scans=snapshot; kv_cursor_is_snapshot
 * returns which it is. The bytes of a kv_entry are borrowed from the cursor until the next call on
 * it. On SQLite an open cursor keeps the write-ahead log from being started over, so close each
 * cursor soon. For paging, pass the last key of a page as the exclusive bound of the next scan.
 *
 * kv_snapshot returns a store that is read like any other and stays as it is, for several calls
 * that have to see one state. The other calls of this chapter read, count and delete many keys at
 * once.
 *
 * @code{.c}
 * // Prints the users whose names begin with `prefix`, at most ten.
 * static kv_status print_users(kv_store store, const char *prefix, kv_error *error)
 * {
 *     kv_scan_options options = KV_SCAN_OPTIONS_INIT;
 *     options.pattern = prefix;
 *     options.pattern_len = KV_NUL;
 *     options.limit = 10;
 *     kv_cursor cursor;
 *     kv_entry entry;
 *     kv_status status = kv_scan(store, "users", KV_NUL, &options, &cursor, error);
 *     if (status != KV_OK) return status;
 *     while ((status = kv_cursor_next(cursor, &entry, error)) == KV_OK) {
 *         printf("%.*s: %.*s\n", (int)entry.key_len, (const char *)entry.key,
 *                (int)entry.value_len, (const char *)entry.value);
 *     }
 *     kv_cursor_close(cursor, NULL);
 *     return status == KV_DONE ? KV_OK : status;
 * }
 * @endcode
 * @{
 */

/** For kv_scan: the scan runs from the last key to the first. */
#define KV_SCAN_REVERSE 1

/** For kv_scan: the values are omitted. */
#define KV_SCAN_KEYS_ONLY 2

/**
 * For kv_scan: the pattern is a glob like that of GLOB in SQLite, not a prefix: `*`, `?` for one
 * character, `[a-z]`, `[^x]`, no escape.
 */
#define KV_SCAN_GLOB 4

/**
 * For kv_scan: the pattern is a glob like that of KEYS in Redis, not a prefix: `*`, `?` for one
 * byte, `[a-z]`, `[^x]`, a backslash escapes.
 */
#define KV_SCAN_GLOB_REDIS 8

/** For kv_scan: the key `lower` itself is not visited. */
#define KV_SCAN_LOWER_EXCLUSIVE 16

/** For kv_scan: the key `upper` itself is visited. */
#define KV_SCAN_UPPER_INCLUSIVE 32

/**
 * For kv_scan: the scan is one snapshot, or is refused with KV_ERR_UNSUPPORTED. Only a Redis store
 * scans otherwise, unless it was opened with scans=snapshot.
 */
#define KV_SCAN_SNAPSHOT 64

/** For kv_scan: the values are omitted, and their sizes are returned in kv_entry.value_size. */
#define KV_SCAN_SIZES 128

/** The entries that a scan visits. Initialise it with KV_SCAN_OPTIONS_INIT. */
typedef struct kv_scan_options {
  /** sizeof(kv_scan_options). */
  uint32_t size;
  /** A combination of KV_SCAN_*. */
  uint32_t flags;
  /** The prefix of the keys, byte for byte, or a glob; NULL for all keys. */
  const void *pattern;
  /** The length of `pattern` in bytes, or KV_NUL. */
  size_t pattern_len;
  /**
   * The lowest key to visit, in byte order, in both directions; NULL for no lower bound. For
   * paging, pass the last key of a page with KV_SCAN_LOWER_EXCLUSIVE.
   */
  const void *lower;
  /** The length of `lower` in bytes, or KV_NUL. */
  size_t lower_len;
  /**
   * The key below which all visited keys are, in byte order, in both directions; NULL for no upper
   * bound. For paging backwards, pass the last key of a page.
   */
  const void *upper;
  /** The length of `upper` in bytes, or KV_NUL. */
  size_t upper_len;
  /** The largest number of entries to visit; 0 for no limit. */
  uint64_t limit;
  /**
   * The number of entries that are left out before the first one. Each is read, so bounds are the
   * better way to the next page.
   */
  uint64_t offset;
} kv_scan_options;

/** Initialises a kv_scan_options: the defaults. */
#define KV_SCAN_OPTIONS_INIT { sizeof(kv_scan_options), 0, NULL, 0, NULL, 0, NULL, 0, 0, 0 }

/**
 * The handle of a scan. One thread uses it at a time, not always the same; a call that overlaps
 * with another one on it returns KV_ERR_BUSY.
 *
 * On SQLite the WAL cannot shrink below the part that the cursor's snapshot needs, until the cursor
 * is closed or has returned KV_DONE. If the store is closed while the cursor is at an entry, the
 * cursor keeps the file open and the bytes of the entry valid until the next call on it.
 */
typedef struct kv_cursor {
  /** The number of the handle; 0 is no cursor. */
  uint64_t id;
} kv_cursor;

/**
 * The entry that a cursor is at. Its bytes are borrowed from the cursor until the next call on it.
 */
typedef struct kv_entry {
  /** The name of the group. */
  const uint8_t *group;
  /** The length of `group` in bytes. */
  size_t group_len;
  /** The key; empty from kv_groups. */
  const uint8_t *key;
  /** The length of `key` in bytes. */
  size_t key_len;
  /** The value; empty from kv_groups, and with KV_SCAN_KEYS_ONLY or KV_SCAN_SIZES. */
  const uint8_t *value;
  /** The length of `value` in bytes. */
  size_t value_len;
  /** The size of the whole value in bytes; 0 from kv_groups, and with KV_SCAN_KEYS_ONLY alone. */
  uint64_t value_size;
  /** The version of the entry; 0 from kv_groups. */
  uint64_t version;
  /** The expiry in milliseconds since 1970, or -1 if the entry never expires. */
  int64_t expires_at_ms;
  /** Reserved; 0. */
  uint32_t flags;
  /** Reserved; 0. */
  uint32_t reserved;
} kv_entry;

/**
 * Begins a scan, in key order, of the live entries of a group. It is one snapshot: the store as it
 * is during this call. A Redis store is read page after page instead, unless the scan has
 * KV_SCAN_SNAPSHOT or the store was opened with scans=snapshot: an entry that is there all the time
 * is visited once, and one that is added or removed meanwhile maybe. `options` may be NULL for all
 * entries.
 *
 * The caller ends the cursor with kv_cursor_close. On failure the cursor is zeroed.
 *
 * Returns KV_OK, also if no entry matches; KV_ERR_ARGUMENT also for unknown flags; KV_ERR_MEMORY
 * when 65,536 cursors are open.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_scan(kv_store store, const void *group, size_t group_len,
                  const kv_scan_options *options, kv_cursor *cursor, kv_error *error);

/**
 * Begins a scan, in byte order, of the names of the groups that begin with `prefix` and have a live
 * entry. Each entry that the cursor returns has a group and nothing else.
 *
 * The caller ends the cursor with kv_cursor_close. On failure the cursor is zeroed.
 *
 * Returns KV_OK, also if no group matches; KV_ERR_MEMORY when 65,536 cursors are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED,
 * KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_groups(kv_store store, const void *prefix, size_t prefix_len, kv_cursor *cursor,
                    kv_error *error);

/**
 * Writes the next entry to `*entry`. Its bytes are borrowed until the next call on this cursor.
 *
 * Returns KV_OK; KV_DONE at the end, and on every later call; KV_ERR_CLOSED after the store was
 * closed; KV_ERR_COMPACTED if the cursor was not used for the snapshot_timeout of the store;
 * KV_ERR_BUSY also if another thread uses the cursor.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_cursor_next(kv_cursor cursor, kv_entry *entry, kv_error *error);

/**
 * Copies the next entries into `buffer`, as many as fit into `capacity` bytes, in flat form (see
 * "The flat form"), and writes the number of bytes to `*used` and of entries to `*count`. With
 * KV_SCAN_SIZES each value is the size of the value, a u64 of 8 bytes.
 *
 * Returns KV_OK; KV_DONE at the end; KV_TOO_SMALL if not even one entry fits: then `*used` is the
 * length that it needs, and the cursor stays before it; KV_ERR_CLOSED after the store was closed;
 * KV_ERR_COMPACTED if the cursor was not used for the snapshot_timeout of the store; KV_ERR_BUSY
 * also if another thread uses the cursor.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_cursor_fill(kv_cursor cursor, void *buffer, size_t capacity, size_t *used,
                         size_t *count, kv_error *error);

/**
 * Writes 1 to `*is_snapshot` if the scan of a cursor is one snapshot, and 0 if it is live: that of
 * a Redis, read page after page.
 *
 * Returns KV_OK, also at the end of the scan and after the store was closed.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_cursor_is_snapshot(kv_cursor cursor, int32_t *is_snapshot, kv_error *error);

/**
 * Ends a cursor and releases its snapshot. A cursor may be closed after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a cursor;
 * KV_ERR_BUSY if another thread uses the cursor.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_cursor_close(kv_cursor cursor, kv_error *error);

/**
 * Copies the entries under many keys, as of one instant, into `buffer` in flat form (see "The flat
 * form"): one entry for each key, in the order of the keys. For a key that is absent or expired,
 * the entry has version 0, expiry -1 and 0xFFFFFFFF as the length of its value. The call writes the
 * number of bytes to `*used`, and the number of entries that were found to `*count`. `buffer` may
 * be NULL if `capacity` is 0.
 *
 * Returns KV_OK, also if no entry was found; KV_TOO_SMALL if the entries do not fit into `capacity`
 * bytes: then nothing is copied, and `*used` is the length that they need now; KV_ERR_ARGUMENT also
 * for keys that are not in flat form; KV_ERR_UNSUPPORTED also if the keys are in several slots of a
 * Redis Cluster.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get_many(kv_store store, const void *keys, size_t keys_len, void *buffer,
                      size_t capacity, size_t *used, size_t *count, kv_error *error);

/**
 * Writes the number of live entries in a group to `*count`. The time of the call grows with that
 * number.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_count(kv_store store, const void *group, size_t group_len, uint64_t *count,
                   kv_error *error);

/**
 * Writes the number of live entries in all groups whose names begin with `prefix` to `*count`; the
 * empty prefix means all groups. The time of the call grows with that number.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_count_all(kv_store store, const void *prefix, size_t prefix_len, uint64_t *count,
                       kv_error *error);

/**
 * Deletes all keys of a group and writes the number of deleted live entries to `*removed`, which
 * may be NULL.
 *
 * Returns KV_OK, also if the group was empty.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_delete_group(kv_store store, const void *group, size_t group_len, uint64_t *removed,
                          kv_error *error);

/**
 * Deletes all keys of a group that begin with `prefix`, byte for byte, and writes the number of
 * deleted live entries to `*removed`, which may be NULL.
 *
 * Returns KV_OK, also if no key was deleted.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_delete_prefix(kv_store store, const void *group, size_t group_len, const void *prefix,
                           size_t prefix_len, uint64_t *removed, kv_error *error);

/**
 * Deletes all keys of all groups whose names begin with `prefix`, and writes the number of deleted
 * live entries to `*removed`, which may be NULL. The empty prefix means all groups: all of the
 * store, or all of a scope.
 *
 * It is one step: all are gone, or, on any error, none is. On Redis each group is a step of its
 * own, and the default group is deleted key by key; groups that are made meanwhile may stay.
 *
 * Returns KV_OK, also if there was nothing to delete.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_delete_all(kv_store store, const void *prefix, size_t prefix_len, uint64_t *removed,
                        kv_error *error);

/**
 * Removes all expired entries now, in small steps between which other threads and processes write.
 * It writes the number of removed entries to `*removed`, which may be NULL. Expired entries are
 * invisible before as after; the purge frees their space. On Redis the server itself removes those
 * of the default group.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO, KV_ERR_READ_ONLY,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_purge_expired(kv_store store, uint64_t *removed, kv_error *error);

/**
 * Takes a snapshot: opens a store that reads `store` as it is during this call, however many calls
 * follow and whatever is written meanwhile. Its entries neither change nor expire, and a ttl is
 * what was left at that moment.
 *
 * The snapshot is a handle of its own, which takes every call of a store that reads, kv_bind,
 * kv_scope and transactions among them, and which the caller ends with kv_close. It stays open when
 * `store` is closed. On failure it is zeroed. Calls that write return KV_ERR_READ_ONLY; watches,
 * callbacks, statistics, quotas, backups and checks return KV_ERR_UNSUPPORTED.
 *
 * On SQLite, calls on one snapshot run one at a time; the WAL cannot shrink below the part that the
 * snapshot needs until it is closed, or was not used for the snapshot_timeout of the store: then
 * its calls return KV_ERR_COMPACTED. In memory, this call copies references to all entries, and a
 * value that is overwritten is kept as long as the snapshot.
 *
 * Returns KV_OK; KV_ERR_UNSUPPORTED on a Redis; KV_ERR_MEMORY when 4,096 stores are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_snapshot(kv_store store, kv_store *snapshot, kv_error *error);

/** @} */

/* --- Values in pieces ------------------------------------------------------------------------- */

/**
 * @defgroup streams Values in pieces
 *
 * A value of any size can be written and read in pieces, with memory for one piece: a file, an
 * upload, a recording. kv_writer_open begins a value and kv_writer_commit makes it the value of its
 * key, in one step; until then the earlier value stays, and a writer that is aborted, or whose
 * process dies, leaves nothing behind. kv_reader_open reads a value at any offset, and sees that
 * value to its end.
 *
 * Both work on values of any origin: kv_set writes and kv_reader_open reads, or the other way round
 * up to KV_VALUE_LEN_MAX. A call that returns a longer value whole returns KV_ERR_TOO_LARGE;
 * kv_get_info, kv_exists, kv_delete, kv_expire and scans of keys or sizes take any value.
 *
 * @code{.c}
 * // Writes all of a file as one value. Nothing of it is seen before the commit.
 * static kv_status upload(kv_store store, const char *name, FILE *file, kv_error *error)
 * {
 *     char part[65536];
 *     kv_writer to;
 *     kv_status status = kv_writer_open(store, "files", KV_NUL, name, KV_NUL, NULL, &to, error);
 *     for (size_t len; status == KV_OK && (len = fread(part, 1, sizeof part, file)) > 0;)
 *         status = kv_writer_write(to, part, len, error);
 *     if (status == KV_OK) status = kv_writer_commit(to, NULL, error);
 *     if (status != KV_OK) kv_writer_abort(to, NULL);
 *     return status;
 * }
 *
 * // Writes all bytes of a value to a file.
 * static kv_status download(kv_store store, const char *name, FILE *file, kv_error *error)
 * {
 *     char part[65536];
 *     kv_reader from;
 *     size_t len = 1;
 *     kv_status status = kv_reader_open(store, "files", KV_NUL, name, KV_NUL, &from, error);
 *     for (uint64_t at = 0; status == KV_OK && len > 0; at += len) {
 *         status = kv_reader_read(from, at, part, sizeof part, &len, error);
 *         if (status == KV_OK && fwrite(part, 1, len, file) != len) status = KV_ERR_IO;
 *     }
 *     kv_reader_close(from, NULL);
 *     return status;
 * }
 * @endcode
 * @{
 */

/**
 * The longest value that kv_writer_write takes in all, in bytes: 1 TiB. An engine may have a lower
 * limit.
 */
#define KV_STREAM_LEN_MAX 1099511627776

/**
 * The bytes of the pieces in which a longer value is stored: calls whose bytes are whole pieces are
 * the fastest.
 */
#define KV_PIECE_LEN 262144

/**
 * The handle of a value that is being written in pieces. One thread uses it at a time, not always
 * the same; a call that overlaps with another one on it returns KV_ERR_BUSY. After the store was
 * closed, its calls return KV_ERR_CLOSED, and kv_writer_abort ends it.
 */
typedef struct kv_writer {
  /** The number of the handle; 0 is no writer. */
  uint64_t id;
} kv_writer;

/**
 * The handle of a value that is read in pieces. One thread uses it at a time, not always the same;
 * a call that overlaps with another one on it returns KV_ERR_BUSY. After the store was closed, its
 * calls return KV_ERR_CLOSED, and kv_reader_close ends it.
 */
typedef struct kv_reader {
  /** The number of the handle; 0 is no reader. */
  uint64_t id;
} kv_reader;

/**
 * Begins to write the value of a key in pieces, with the condition, the expiry and the durability
 * of kv_put; `options` may be NULL. No other call sees anything of the value before
 * kv_writer_commit, and an earlier value stays until then. The memory of the process grows by a
 * piece (KV_PIECE_LEN), except in a store in memory or with a log, where a value rests in memory.
 *
 * The caller ends the handle with kv_writer_commit or kv_writer_abort. If the process dies first,
 * the pieces it wrote are removed within a minute. On failure the handle is zeroed.
 *
 * Returns KV_OK; KV_ERR_READ_ONLY on a snapshot and on a store that can only be read; KV_ERR_MEMORY
 * when 65,536 writers are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_UNSUPPORTED, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED,
 * KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_writer_open(kv_store store, const void *group, size_t group_len, const void *key,
                         size_t key_len, const kv_put_options *options, kv_writer *writer,
                         kv_error *error);

/**
 * Appends bytes to the value. Calls with any number of bytes give the same value. After an error
 * the writer is of no further use: its other calls return the same error, and kv_writer_abort ends
 * it.
 *
 * Returns KV_OK; KV_ERR_QUOTA or KV_ERR_FULL as soon as the value would have no room;
 * KV_ERR_TOO_LARGE if the value would be longer than KV_STREAM_LEN_MAX, or than the engine takes;
 * KV_ERR_CLOSED after the store was closed, or if the process stood still for so long that the
 * pieces were removed; KV_ERR_BUSY also if another thread uses the writer.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_writer_write(kv_writer writer, const void *data, size_t len, kv_error *error);

/**
 * Writes the number of bytes that were written so far to `*size`.
 *
 * Returns KV_OK; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY also if another thread uses
 * the writer.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED,
 * KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_writer_size(kv_writer writer, uint64_t *size, kv_error *error);

/**
 * Makes the bytes that were written the value of the key, in one step, if the condition holds.
 * `version` may be NULL. KV_OK and KV_CONFLICT end the writer and its handle. After an error
 * nothing was changed and the writer stays open: commit it again, or end it with kv_writer_abort.
 *
 * A watch receives KV_EVENT_SET for a value of at most KV_PIECE_LEN bytes, and KV_EVENT_SET_LARGE
 * with the size for a longer one.
 *
 * Returns KV_OK, with the version of the written entry in `*version`; KV_CONFLICT if the condition
 * does not hold, with the current version of the key (0: absent): then nothing is written;
 * KV_ERR_HANDLE for a writer that has ended; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY
 * also if another thread uses the writer.
 * Other errors: KV_ERR_QUOTA, KV_ERR_FULL, KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_writer_commit(kv_writer writer, uint64_t *version, kv_error *error);

/**
 * Ends a writer and discards what was written. A writer may be ended after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that has already ended, zero or not a writer, which
 * does no harm; KV_ERR_BUSY if another thread uses the writer.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_writer_abort(kv_writer writer, kv_error *error);

/**
 * Opens the value under a key for reading in pieces. The reader sees this value to its end,
 * whatever is written meanwhile; it holds no snapshot of the store. A value that kv_set has written
 * can be read in pieces, and one that kv_writer_commit has written can be read by kv_get up to 512
 * MiB.
 *
 * The caller ends the handle with kv_reader_close. On failure, and if the key is absent, it is
 * zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_ERR_MEMORY when 65,536 readers
 * are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED,
 * KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_reader_open(kv_store store, const void *group, size_t group_len, const void *key,
                         size_t key_len, kv_reader *reader, kv_error *error);

/**
 * Reads the version and expiry of the entry, and the size of its value, as of the opening of the
 * reader: `value->data` is NULL, `value->len` is 0, `value->value_size` is the size, and there is
 * nothing to free. On any other status `value` is zeroed.
 *
 * Returns KV_OK; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY also if another thread uses
 * the reader.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED,
 * KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_reader_info(kv_reader reader, kv_value *value, kv_error *error);

/**
 * Copies bytes of the value from `offset` on into `buffer`, which has room for `capacity` bytes,
 * and writes their number to `*len`: fewer than `capacity` only at the end of the value, and 0 at
 * its end and behind it. Reads at any offsets, in any order, are allowed.
 *
 * Returns KV_OK; KV_ERR_CLOSED after the store was closed; KV_ERR_COMPACTED if the value is gone:
 * it was overwritten, and the process stood still or the store was opened for reading only, so that
 * its pieces were removed, or another client of a Redis has changed it; KV_ERR_BUSY also if another
 * thread uses the reader.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_reader_read(kv_reader reader, uint64_t offset, void *buffer, size_t capacity,
                         size_t *len, kv_error *error);

/**
 * Ends a reader. A reader may be closed after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a reader;
 * KV_ERR_BUSY if another thread uses the reader.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_reader_close(kv_reader reader, kv_error *error);

/** @} */

/* --- Batches ---------------------------------------------------------------------------------- */

/**
 * @defgroup batches Batches
 *
 * A batch is a list of steps that are applied together, in their order, or not at all. Conditions
 * see the store as it is before the batch; reads see the effect of the steps before them. If a
 * condition does not hold, kv_batch_commit returns KV_CONFLICT and nothing is written.
 *
 * The functions that add a step copy its bytes and do not touch a store. After a commit,
 * kv_batch_result returns the result of each step by its index. A batch keeps its steps, so it can
 * be committed again, also to another store. On a Redis Cluster all keys of a batch must be in one
 * slot.
 *
 * @code{.c}
 * // Moves a job from the group `open` to the group `done`, with its result, in one atomic step.
 * static kv_status finish(kv_store store, const char *job, const char *result, kv_error *error)
 * {
 *     kv_batch batch;
 *     kv_status status = kv_batch_new(&batch, error);
 *     if (status != KV_OK) return status;
 *     kv_put_options options = KV_PUT_OPTIONS_INIT;
 *     options.condition = KV_IF_ABSENT;
 *     if ((status = kv_batch_delete(batch, "open", KV_NUL, job, KV_NUL, error)) == KV_OK &&
 *         (status = kv_batch_set(batch, "done", KV_NUL, job, KV_NUL, result, KV_NUL, &options,
 *                                error)) == KV_OK) {
 *         status = kv_batch_commit(store, batch, error); // KV_CONFLICT: it was done before
 *     }
 *     kv_batch_close(batch, NULL);
 *     return status;
 * }
 * @endcode
 * @{
 */

/**
 * The handle of a list of steps, for one or several stores. One thread uses it at a time, not
 * always the same; a call that overlaps with another one on it returns KV_ERR_BUSY.
 */
typedef struct kv_batch {
  /** The number of the handle; 0 is no batch. */
  uint64_t id;
} kv_batch;

/**
 * Creates an empty batch, which the caller ends with kv_batch_close. On failure the handle is
 * zeroed.
 *
 * Returns KV_OK; KV_ERR_MEMORY when 65,536 batches exist.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_new(kv_batch *batch, kv_error *error);

/**
 * Appends a check: the batch is applied only if the key is at `version`; 0 means absent. The bytes
 * are copied, as by every call that appends a step.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_check(kv_batch batch, const void *group, size_t group_len, const void *key,
                         size_t key_len, uint64_t version, kv_error *error);

/**
 * Appends a read. kv_batch_result returns the value as the steps before it leave it.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_get(kv_batch batch, const void *group, size_t group_len, const void *key,
                       size_t key_len, kv_error *error);

/**
 * Appends a write. `options` may be NULL. A condition in them is a condition of the whole batch, on
 * the key as it is before the batch. The batch has the strictest durability of its writes, and at
 * least that of its store.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_set(kv_batch batch, const void *group, size_t group_len, const void *key,
                       size_t key_len, const void *value, size_t value_len,
                       const kv_put_options *options, kv_error *error);

/**
 * Appends a delete. Its result is KV_OK or KV_NOT_FOUND.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_delete(kv_batch batch, const void *group, size_t group_len, const void *key,
                          size_t key_len, kv_error *error);

/**
 * Appends an increment, with the arguments of kv_increment. Its result is the sum as decimal text.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl that kv_set_ttl refuses.
 * Other errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_increment(kv_batch batch, const void *group, size_t group_len, const void *key,
                             size_t key_len, int64_t delta, int64_t ttl_ms_if_created,
                             kv_error *error);

/**
 * Appends a take: a read and a delete of the entry in one step. Its result is like that of
 * kv_batch_get.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_take(kv_batch batch, const void *group, size_t group_len, const void *key,
                        size_t key_len, kv_error *error);

/**
 * Appends a step that appends bytes to a value, with the arguments of kv_append. Its result is the
 * new length as decimal text.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl that kv_set_ttl refuses.
 * Other errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_append(kv_batch batch, const void *group, size_t group_len, const void *key,
                          size_t key_len, const void *value, size_t value_len,
                          int64_t ttl_ms_if_created, kv_error *error);

/**
 * Appends a change of an expiry, with the arguments of kv_expire. Its result is KV_OK,
 * KV_NOT_FOUND, or KV_CONFLICT if the flags do not allow the change.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl or for flags that kv_expire refuses.
 * Other errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_expire(kv_batch batch, const void *group, size_t group_len, const void *key,
                          size_t key_len, int64_t ttl_ms, uint32_t flags, kv_error *error);

/**
 * Appends a delete of every key of a group that begins with `prefix`; the empty prefix means the
 * whole group. Its result is the number of deleted live entries, as decimal text.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_delete_prefix(kv_batch batch, const void *group, size_t group_len,
                                 const void *prefix, size_t prefix_len, kv_error *error);

/**
 * Appends all steps in `buffer`, which is in flat form (see "The flat form"), or none of them if
 * one is malformed.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for a malformed step.
 * Other errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_add_flat(kv_batch batch, const void *buffer, size_t len, kv_error *error);

/**
 * Applies all steps atomically if every condition holds. The batch keeps its steps, so it can be
 * committed again. The commit of an empty batch succeeds.
 *
 * Returns KV_OK; KV_CONFLICT if a condition does not hold: then nothing is written, and
 * kv_batch_result returns KV_CONFLICT for the step of that condition; KV_ERR_NOT_INTEGER for an
 * increment of a value that is not an integer, or whose sum is outside the range of int64_t. On any
 * error nothing is written.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA,
 * KV_ERR_FULL, KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_batch_commit(kv_store store, kv_batch batch, kv_error *error);

/**
 * Returns the result of step `index`, counted from 0, of the last commit. `value` may be NULL. If
 * the step has a value (of a get or take, or a number as decimal text), `value` is filled with it,
 * pinned, and kv_value_free releases it. Otherwise `value` is zeroed, except for the version that
 * the step has written.
 *
 * Returns KV_OK; KV_NOT_FOUND for a get, take, delete or expire of a key that was absent;
 * KV_CONFLICT for the step whose condition did not hold, with the current version of its key, and
 * for an expire that its flags did not allow; KV_ERR_ARGUMENT if there is no such step, if the
 * batch was not committed since it was changed, or if the commit was refused by the condition of
 * another step.
 * Other errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_result(kv_batch batch, size_t index, kv_value *value, kv_error *error);

/**
 * Removes all steps and results of a batch.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_clear(kv_batch batch, kv_error *error);

/**
 * Ends a batch. Its commits are not undone.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a batch.
 * Other errors: KV_ERR_BUSY, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_close(kv_batch batch, kv_error *error);

/** @} */

/* --- Transactions ----------------------------------------------------------------------------- */

/**
 * @defgroup transactions Transactions
 *
 * A transaction is optimistic concurrency control: it remembers the version of each entry that it
 * reads, buffers its writes, and reads them back itself. kv_txn_commit applies all writes as one
 * batch if every entry that was read is still at its version, and returns KV_CONFLICT otherwise.
 * Then the program runs the whole transaction again, usually a limited number of times.
 *
 * A transaction holds no lock and no snapshot, so an abandoned one blocks no other caller. Two
 * reads of one transaction may be of different instants; its commit then returns KV_CONFLICT.
 *
 * @code{.c}
 * // Moves a user to the archive. If what was read changes before the commit, all is done again.
 * static kv_status archive(kv_store store, const char *name, kv_error *error)
 * {
 *     for (int attempt = 0; attempt < 100; attempt++) {
 *         kv_txn txn;
 *         kv_value value;
 *         kv_status status = kv_txn_begin(store, &txn, error);
 *         if (status != KV_OK) return status;
 *         status = kv_txn_get(txn, "users", KV_NUL, name, KV_NUL, &value, error);
 *         if (status == KV_OK) {
 *             status = kv_txn_set(txn, "archive", KV_NUL, name, KV_NUL, value.data, value.len,
 *                                 NULL, error);
 *             kv_value_free(&value);
 *         }
 *         if (status == KV_OK) status = kv_txn_delete(txn, "users", KV_NUL, name, KV_NUL, error);
 *         if (status == KV_OK) status = kv_txn_commit(txn, error);
 *         if (status == KV_OK) return KV_OK;
 *         kv_txn_abort(txn, NULL);
 *         if (status != KV_CONFLICT) return status;
 *     }
 *     return KV_CONFLICT;
 * }
 * @endcode
 * @{
 */

/**
 * The handle of a transaction: reads and buffered writes of one store. One thread uses it at a
 * time, not always the same; a call that overlaps with another one on it returns KV_ERR_BUSY. After
 * the store was closed, its calls return KV_ERR_CLOSED, and kv_txn_abort ends it.
 */
typedef struct kv_txn {
  /** The number of the handle; 0 is no transaction. */
  uint64_t id;
} kv_txn;

/**
 * Begins a transaction. It holds no lock and no snapshot, so an abandoned transaction blocks no
 * other call. It remembers the version of each entry that it reads and buffers its writes.
 * kv_txn_commit applies all of them if no entry that was read has changed; otherwise the caller
 * repeats the whole transaction.
 *
 * The caller ends the handle with kv_txn_commit or kv_txn_abort. On failure the handle is zeroed.
 *
 * Returns KV_OK; KV_ERR_MEMORY when 65,536 transactions are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_txn_begin(kv_store store, kv_txn *txn, kv_error *error);

/**
 * Reads the value under a key as this transaction sees it, and pins it; kv_value_free releases it.
 * The transaction sees its own writes and deletes first, then the stored entry. A key that is read
 * again has the value of its first read. On any other status `value` is zeroed. An entry that the
 * transaction itself has written has version 0, and its ttl counts from now.
 *
 * If another commit falls between the reads of two keys and changes one of them after it was read,
 * the commit of this transaction returns KV_CONFLICT.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent, expired or deleted by this transaction, which
 * is remembered like a value; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if
 * the transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the
 * transaction.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_get(kv_txn txn, const void *group, size_t group_len, const void *key,
                     size_t key_len, kv_value *value, kv_error *error);

/**
 * Checks whether a key has a live entry as this transaction sees it, which counts as a read.
 *
 * Returns KV_OK if it has one; KV_NOT_FOUND if it is absent, expired or deleted by this
 * transaction; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if the transaction
 * would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the transaction.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_exists(kv_txn txn, const void *group, size_t group_len, const void *key,
                        size_t key_len, kv_error *error);

/**
 * Reads the ttl that a key has left as this transaction sees it, in milliseconds, into `*ttl_ms`;
 * KV_TTL_NEVER if it never expires. It counts as a read. The ttl of an entry that the transaction
 * itself has written counts from now.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent, expired or deleted by this transaction;
 * KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if the transaction would hold
 * more than 1 GiB; KV_ERR_BUSY also if another thread uses the transaction.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_ttl(kv_txn txn, const void *group, size_t group_len, const void *key,
                     size_t key_len, int64_t *ttl_ms, kv_error *error);

/**
 * Begins a scan, in key order, of the live entries of a group as this transaction sees them: the
 * stored entries, with those that it has written among them, which have version 0, and without
 * those that it has deleted. All are read during this call. `options` may be NULL for all entries.
 *
 * The scan counts as a read of its range: of all keys between the bounds that begin with the
 * prefix, or with the part of a glob before its first wildcard, and with a limit up to the last key
 * of the scan. If an entry in the range is set, deleted or added, or expires, the commit of this
 * transaction returns KV_CONFLICT. The commit reads the keys of the range again; on a Redis it
 * returns KV_ERR_UNSUPPORTED for more than 100,000 keys or 64 MiB of entries.
 *
 * The caller ends the cursor with kv_cursor_close, also after the transaction has ended. On failure
 * the cursor is zeroed.
 *
 * Returns KV_OK, also if no entry matches; KV_ERR_ARGUMENT also for unknown flags; KV_ERR_CLOSED
 * after the store was closed; KV_ERR_TOO_LARGE also if the transaction and the entries would have
 * more than 1 GiB; KV_ERR_MEMORY when 65,536 cursors are open; KV_ERR_BUSY also if another thread
 * uses the transaction.
 * Other errors: KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED,
 * KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_scan(kv_txn txn, const void *group, size_t group_len,
                      const kv_scan_options *options, kv_cursor *cursor, kv_error *error);

/**
 * Buffers a write for the commit; the bytes are copied. `options` may be NULL. A condition in them
 * is checked now, on the key as this transaction sees it. A condition counts as a read of the key,
 * and so does KV_EXPIRY_KEEP. An entry that the transaction itself has written has no version yet.
 * A ttl counts from the commit, which has the strictest durability of its writes, and at least that
 * of its store.
 *
 * Returns KV_OK; KV_CONFLICT if the condition does not hold: then this write is not buffered, and
 * the transaction stays open; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if
 * the transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the
 * transaction.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_set(kv_txn txn, const void *group, size_t group_len, const void *key,
                     size_t key_len, const void *value, size_t value_len,
                     const kv_put_options *options, kv_error *error);

/**
 * Buffers a delete for the commit. It counts as a read of the key.
 *
 * Returns KV_OK if the key has a live entry as this transaction sees it; KV_NOT_FOUND if not: then
 * there is nothing to delete; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if
 * the transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the
 * transaction.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_delete(kv_txn txn, const void *group, size_t group_len, const void *key,
                        size_t key_len, kv_error *error);

/**
 * Adds `delta` to the integer under a key as this transaction sees it, buffers the sum, and writes
 * it to `*result`, which may be NULL. It counts as a read. An absent key counts as 0, and the new
 * entry gets the ttl `ttl_ms_if_created`, with the meanings of kv_set_ttl; a live entry keeps its
 * expiry.
 *
 * Returns KV_OK; KV_ERR_NOT_INTEGER if the value is not an integer or the sum is outside the range
 * of int64_t: then nothing is buffered; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE
 * also if the transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the
 * transaction.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_increment(kv_txn txn, const void *group, size_t group_len, const void *key,
                           size_t key_len, int64_t delta, int64_t ttl_ms_if_created,
                           int64_t *result, kv_error *error);

/**
 * Appends bytes to the value under a key as this transaction sees it, buffers the result, and
 * writes its length to `*len`, which may be NULL. It counts as a read. An absent key counts as
 * empty, and the new entry gets the ttl `ttl_ms_if_created`, with the meanings of kv_set_ttl; a
 * live entry keeps its expiry.
 *
 * Returns KV_OK; KV_ERR_TOO_LARGE if the value would be too long, or the transaction would hold
 * more than 1 GiB: then nothing is buffered; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY
 * also if another thread uses the transaction.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_append(kv_txn txn, const void *group, size_t group_len, const void *key,
                        size_t key_len, const void *value, size_t value_len,
                        int64_t ttl_ms_if_created, size_t *len, kv_error *error);

/**
 * Buffers another expiry of a key: `ttl_ms` milliseconds from the commit, with the meanings of
 * kv_expire. Value and version stay as they are. It counts as a read. `flags` are those of
 * kv_expire, and are checked now, on the expiry as this transaction sees it.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent, expired or deleted by this transaction;
 * KV_CONFLICT if the flags do not allow the change: then nothing is buffered, and the transaction
 * stays open; KV_ERR_ARGUMENT also for any other negative ttl, and for flags that contradict each
 * other; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if the transaction would
 * hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the transaction.
 * Other errors: KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY,
 * KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_expire(kv_txn txn, const void *group, size_t group_len, const void *key,
                        size_t key_len, int64_t ttl_ms, uint32_t flags, kv_error *error);

/**
 * Applies all writes atomically, in their order, if every key that was read is still at the version
 * of its first read, or still absent. The commit of a transaction without writes checks that all
 * its reads were true at one instant. KV_OK and KV_CONFLICT end the transaction and its handle.
 * After an error nothing was written and the transaction stays open: commit it again, or end it
 * with kv_txn_abort.
 *
 * Returns KV_OK; KV_CONFLICT if an entry that was read has changed or expired: then nothing is
 * written; KV_ERR_HANDLE for a transaction that has ended; KV_ERR_CLOSED after the store was
 * closed; KV_ERR_BUSY also if another thread uses the transaction.
 * Other errors: KV_ERR_QUOTA, KV_ERR_FULL, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_commit(kv_txn txn, kv_error *error);

/**
 * Ends a transaction and discards its buffered writes. A transaction may be ended after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that has already ended, zero or not a transaction,
 * which does no harm; KV_ERR_BUSY if another thread uses the transaction.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_txn_abort(kv_txn txn, kv_error *error);

/** @} */

/* --- Watches ---------------------------------------------------------------------------------- */

/**
 * @defgroup watches Watches
 *
 * A watch is a queue of events. Each commit that changes a selected entry adds an event before the
 * write returns, in commit order, and the program polls the queue. kv_watch_fd returns a descriptor
 * for poll, select and epoll. A watch begins now, with the existing entries (KV_WATCH_EXISTING), or
 * after a version of the change log (KV_WATCH_SINCE).
 *
 * Writers never wait for a watch. If the queue is full, the newest events are dropped, and a
 * KV_EVENT_LAGGED with their number stands in their place. A watch receives the changes of this
 * process; with the change log on, and on Redis, also those of other processes.
 *
 * A callback (kv_on_change) runs in the writing thread, after the commit and before the write
 * returns, so it must be short. It receives the changes of its own process only.
 *
 * @code{.c}
 * // Waits until a key of the group "config" changes, at most five seconds.
 * static kv_status next_change(kv_watch watch, char *key, size_t room, kv_error *error)
 * {
 *     kv_event event = KV_EVENT_INIT;
 *     kv_status status = kv_watch_poll(watch, 5000, &event, error);
 *     if (status != KV_OK) return status; // KV_TIMEOUT; KV_ERR_CLOSED after kv_close
 *     // The bytes of an event stay until the next poll.
 *     snprintf(key, room, "%.*s", (int)event.key_len, (const char *)event.key);
 *     return KV_OK;
 * }
 *
 * static kv_status watch_config(kv_store store, kv_watch *watch, kv_error *error)
 * {
 *     kv_watch_options options = KV_WATCH_OPTIONS_INIT;
 *     options.flags = KV_WATCH_ANY_KEY;
 *     return kv_watch_open(store, "config", KV_NUL, NULL, 0, &options, watch, error);
 * }
 * @endcode
 * @{
 */

/** For kv_event.type: a value was written. */
#define KV_EVENT_SET 1

/** For kv_event.type: a live entry was deleted, or evicted to make room for others. */
#define KV_EVENT_DELETE 2

/** For kv_event.type: all entries of a group were deleted at once; there is no key. */
#define KV_EVENT_DELETE_GROUP 3

/** For kv_event.type: an expired entry was purged. */
#define KV_EVENT_EXPIRE 4

/**
 * For kv_event.type: all existing entries have been returned. `version` is the newest version at
 * the instant of their snapshot.
 */
#define KV_EVENT_SYNCED 5

/**
 * For kv_event.type: `lost` events are missing at this place, because the queue was full or the
 * change log was trimmed before they were read. If the log was trimmed, `lost` counts all trimmed
 * changes, including those outside the selection of the watch. 0 means that the number is unknown.
 * A watch with KV_WATCH_SINCE from `version` receives the missing events again, if the change log
 * still has them.
 */
#define KV_EVENT_LAGGED 6

/**
 * For kv_event.type: a value was written in pieces; value_size is its size, and kv_reader_open
 * reads it. An entry that a watch begins with comes as this only if its value has more than 512
 * MiB.
 */
#define KV_EVENT_SET_LARGE 7

/** For kv_watch_open: the watch selects all groups whose names begin with `group`. */
#define KV_WATCH_GROUP_PREFIX 1

/** For kv_watch_open: the watch selects all groups; `group` is ignored. */
#define KV_WATCH_ANY_GROUP 2

/** For kv_watch_open: the watch selects all keys that begin with `key`. */
#define KV_WATCH_KEY_PREFIX 4

/** For kv_watch_open: the watch selects all keys; `key` is ignored. */
#define KV_WATCH_ANY_KEY 8

/**
 * For kv_watch_open: the watch begins with the existing entries, each as a KV_EVENT_SET, then
 * returns a KV_EVENT_SYNCED, then the changes after the instant of that snapshot.
 */
#define KV_WATCH_EXISTING 16

/**
 * For kv_watch_open: the watch begins with the changes after kv_watch_options.since, which the
 * change log must have.
 */
#define KV_WATCH_SINCE 32

/**
 * A change, or a notice about the queue. Initialise it with KV_EVENT_INIT before a call fills it.
 */
typedef struct kv_event {
  /** sizeof(kv_event). */
  uint32_t size;
  /** One of KV_EVENT_*. */
  int32_t type;
  /** The name of the group. */
  const uint8_t *group;
  /** The length of `group` in bytes. */
  size_t group_len;
  /**
   * The key; empty except for KV_EVENT_SET, KV_EVENT_SET_LARGE, KV_EVENT_DELETE and
   * KV_EVENT_EXPIRE.
   */
  const uint8_t *key;
  /** The length of `key` in bytes. */
  size_t key_len;
  /** The value that was written; empty except for KV_EVENT_SET. */
  const uint8_t *value;
  /** The length of `value` in bytes. */
  size_t value_len;
  /**
   * The version of the change; for KV_EVENT_SET that of the entry. A later change has a higher
   * version, except on Redis.
   */
  uint64_t version;
  /** The time of the commit, in milliseconds since 1970; 0 for a notice. */
  int64_t time_ms;
  /** For KV_EVENT_LAGGED the number of missing events; otherwise 0. */
  uint64_t lost;
  /**
   * The size of the whole value in bytes, also if its bytes are not present; 0 except for
   * KV_EVENT_SET and KV_EVENT_SET_LARGE.
   */
  uint64_t value_size;
} kv_event;

/** Initialises a kv_event: its size and nothing else, to be filled by a call. */
#define KV_EVENT_INIT { sizeof(kv_event), 0, NULL, 0, NULL, 0, NULL, 0, 0, 0, 0, 0 }

/** The selection and the beginning of a watch. Initialise it with KV_WATCH_OPTIONS_INIT. */
typedef struct kv_watch_options {
  /** sizeof(kv_watch_options). */
  uint32_t size;
  /** A combination of KV_WATCH_*. */
  uint32_t flags;
  /** The capacity of the queue in changes: 16 to 16,777,216, or 0 for 1024. */
  uint32_t capacity;
  /** Reserved; 0. */
  uint32_t reserved;
  /** With KV_WATCH_SINCE: the version after which the watch begins; otherwise 0. */
  uint64_t since;
} kv_watch_options;

/** Initialises a kv_watch_options: the defaults. */
#define KV_WATCH_OPTIONS_INIT { sizeof(kv_watch_options), 0, 0, 0, 0 }

/**
 * The handle of a queue of events. One thread polls it at a time, not always the same; a call that
 * overlaps with another one on it returns KV_ERR_BUSY. kv_watch_close may come from any thread at
 * any time.
 */
typedef struct kv_watch {
  /** The number of the handle; 0 is no watch. */
  uint64_t id;
} kv_watch;

/**
 * A function that is called once with the user data of a callback, after the last call of the
 * callback.
 */
typedef void (*kv_destroy_fn)(void *user_data);

/** A function that receives each change. The event and its bytes are borrowed until it returns. */
typedef void (*kv_change_fn)(void *user_data, const kv_event *event);

/** The handle of a registered callback. Any thread may end it at any time. */
typedef struct kv_subscription {
  /** The number of the handle; 0 is no subscription. */
  uint64_t id;
} kv_subscription;

/**
 * Begins to watch the key `key` of the group `group`, or the groups and keys that the flags in
 * `options` select. `options` may be NULL. Bytes are literal: "*" is a key like any other. The
 * empty key is a pointer that is not NULL with length 0; NULL needs a flag for keys.
 *
 * The watch receives every selected change that is committed after this call, in commit order and
 * those of a batch together: KV_EVENT_SET, KV_EVENT_DELETE, KV_EVENT_DELETE_GROUP (also for a watch
 * on a single key of the group), and KV_EVENT_EXPIRE when an expired entry is purged. When a write
 * returns, its events are already in the queues of this process. On SQLite a watch receives the
 * changes of all processes if the change log is on (changes=on, see kv_open), otherwise those of
 * this process. docs/storage.md states the rules on Redis.
 *
 * Writers never wait for a watch. When its queue is full, the newest events are dropped, and a
 * KV_EVENT_LAGGED in their place states their number and the version before them.
 *
 * The caller ends the watch with kv_watch_close. On failure the handle is zeroed. After kv_close of
 * its store, a poll or fill of the watch returns KV_ERR_CLOSED, and its descriptor is readable.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for unknown or contradicting flags, for a key of NULL without
 * a flag for keys, and for a capacity out of range; with KV_WATCH_SINCE also KV_ERR_UNSUPPORTED if
 * there is no change log, and KV_ERR_COMPACTED, with the oldest version in the message, if the
 * changes were trimmed; KV_ERR_MEMORY when 65,536 watches are open.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_watch_open(kv_store store, const void *group, size_t group_len, const void *key,
                        size_t key_len, const kv_watch_options *options, kv_watch *watch,
                        kv_error *error);

/**
 * Writes the next event to `*event`, and waits up to `timeout_ms` milliseconds for it (0: does not
 * wait; negative: waits for ever). The caller sets event->size to sizeof(kv_event) first. The bytes
 * of the event are borrowed until the next poll of this watch or its close.
 *
 * Returns KV_OK; KV_TIMEOUT if no event arrived in that time; KV_ERR_CLOSED if the watch or its
 * store is closed, also during the wait; KV_ERR_COMPACTED if the watch began with the existing
 * entries and was not polled among them for the snapshot_timeout of the store: the changes since
 * its opening follow; KV_ERR_BUSY also if another thread polls this watch; KV_ERR_CANCELLED and
 * KV_ERR_DEADLINE during the wait, if the watch was opened through a bound handle.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_watch_poll(kv_watch watch, int64_t timeout_ms, kv_event *event, kv_error *error);

/**
 * Copies the queued events into `buffer`, as many as fit into `capacity` bytes, in flat form (see
 * "The flat form"), and writes the number of bytes to `*used` and of events to `*count`. It does
 * not wait.
 *
 * Returns KV_OK; KV_TIMEOUT if the queue is empty; KV_TOO_SMALL if not even one event fits: then
 * `*used` is the length that it needs, and it stays in the queue; KV_ERR_CLOSED if the watch or its
 * store is closed; KV_ERR_BUSY also if another thread polls this watch.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_watch_fill(kv_watch watch, void *buffer, size_t capacity, size_t *used, size_t *count,
                        kv_error *error);

/**
 * Writes a file descriptor to `*fd` that is readable while a poll would return at once, also
 * because the watch has ended. It is for poll, select, epoll and event loops; do not read from it.
 * On Windows it is a socket, for select and WSAPoll. It belongs to the watch, is the same in each
 * call, and is closed with the watch.
 *
 * Returns KV_OK; KV_ERR_IO if the system has no further descriptor; KV_ERR_BUSY also if another
 * thread polls this watch.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_watch_fd(kv_watch watch, int32_t *fd, kv_error *error);

/**
 * Ends a watch. A thread that polls it is woken with KV_ERR_CLOSED, and the call waits for that
 * thread to leave. A watch may be closed after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a watch.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_watch_close(kv_watch watch, kv_error *error);

/**
 * Registers `callback`, which is called from now on with every change of the store that this
 * process commits, through any handle. It runs in the writing thread, after the commit and before
 * the write returns; for purged entries, in the thread that purges. Several callbacks run in the
 * order of their registration, over a list that is fixed when the dispatch of a commit begins; two
 * writing threads may call one at the same time.
 *
 * The callback may call the store, and register and end callbacks; its own changes are dispatched
 * after those before them. It may not close the store (KV_ERR_BUSY), and it must return: no
 * exception may leave it. `destroy`, which may be NULL, is called once with `user_data` after the
 * last call of the callback: after kv_subscription_close or kv_close, in the thread that releases
 * the callback last.
 *
 * The caller ends the subscription with kv_subscription_close. On failure the handle is zeroed, and
 * `destroy` is not called.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also if `callback` is NULL; KV_ERR_UNSUPPORTED on a snapshot,
 * which has no changes; KV_ERR_MEMORY when 4,096 callbacks are registered.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_on_change(kv_store store, kv_change_fn callback, void *user_data,
                       kv_destroy_fn destroy, kv_subscription *subscription, kv_error *error);

/**
 * Ends a callback. Another thread that is dispatching a commit may still call it; and so may, after
 * this call returns, the dispatch from which this call is made. A subscription may be closed after
 * its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a subscription.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_subscription_close(kv_subscription subscription, kv_error *error);

/** @} */

/* --- Change log ------------------------------------------------------------------------------- */

/**
 * @defgroup change_log Change log
 *
 * A SQLite store that is opened with `changes=on` keeps its changes in the file, in commit order,
 * made by any process or program. The options changes_keep and changes_keep_for bound the log: its
 * oldest changes are trimmed.
 *
 * A reader stores the version of the last change that it has seen, and passes it to kv_changes to
 * read the changes after it, also after a restart. If these changes were trimmed, the call returns
 * KV_ERR_COMPACTED, and the reader reads the whole store again. KV_WATCH_SINCE starts a watch from
 * the log in the same way, and continues with new changes as they are made.
 *
 * @code{.c}
 * // Prints all changes after version `*since`, and sets it to the version of the last one.
 * static kv_status follow(kv_store store, uint64_t *since, kv_error *error)
 * {
 *     kv_change_cursor cursor;
 *     kv_event event = KV_EVENT_INIT;
 *     kv_status status = kv_changes(store, *since, &cursor, error);
 *     if (status != KV_OK) return status; // KV_ERR_COMPACTED: the log begins later
 *     while ((status = kv_changes_next(cursor, &event, error)) == KV_OK) {
 *         printf("%d %.*s\n", (int)event.type, (int)event.key_len, (const char *)event.key);
 *         *since = event.version;
 *     }
 *     kv_changes_close(cursor, NULL);
 *     return status == KV_DONE ? KV_OK : status;
 * }
 * @endcode
 * @{
 */

/**
 * The handle of a scan of the change log. One thread uses it at a time, not always the same; a call
 * that overlaps with another one on it returns KV_ERR_BUSY. It does not keep changes from being
 * trimmed.
 */
typedef struct kv_change_cursor {
  /** The number of the handle; 0 is no cursor. */
  uint64_t id;
} kv_change_cursor;

/**
 * Begins a scan, in commit order, of the changes after version `since`; 0 is for all changes from
 * the first. The file must have a change log (changes=on, see kv_open). A cursor is for programs
 * that ask for changes from time to time; a watch with KV_WATCH_SINCE also waits for new ones.
 *
 * The caller ends the cursor with kv_changes_close. On failure the cursor is zeroed.
 *
 * Returns KV_OK, also if there is no change yet; KV_ERR_UNSUPPORTED also if there is no change log;
 * KV_ERR_COMPACTED, with the oldest version in the message, if the changes after `since` were
 * trimmed; KV_ERR_MEMORY when 65,536 change cursors are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_changes(kv_store store, uint64_t since, kv_change_cursor *cursor, kv_error *error);

/**
 * Writes to `*since` the version after which the change log has every change: the lowest that
 * kv_changes and KV_WATCH_SINCE accept.
 *
 * Returns KV_OK; KV_ERR_UNSUPPORTED also if there is no change log.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_changes_oldest(kv_store store, uint64_t *since, kv_error *error);

/**
 * Writes the next change to `*event`. The caller sets event->size to sizeof(kv_event) first. The
 * bytes of the event are borrowed until the next call on this cursor.
 *
 * Returns KV_OK; KV_DONE if there is no further change yet: a later call may return one;
 * KV_ERR_COMPACTED if the next changes were trimmed: the call after that continues with those that
 * the log still has; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY also if another thread
 * uses the cursor.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_changes_next(kv_change_cursor cursor, kv_event *event, kv_error *error);

/**
 * Copies the next changes into `buffer`, as many as fit into `capacity` bytes, in flat form (see
 * "The flat form"), and writes the number of bytes to `*used` and of changes to `*count`.
 *
 * Returns KV_OK; KV_DONE if there is no further change yet; KV_TOO_SMALL if not even one change
 * fits: then `*used` is the length that it needs, and the cursor stays before it; KV_ERR_COMPACTED
 * if the next changes were trimmed: the call after that continues with those that the log still
 * has; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY also if another thread uses the
 * cursor.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_changes_fill(kv_change_cursor cursor, void *buffer, size_t capacity, size_t *used,
                          size_t *count, kv_error *error);

/**
 * Ends a change cursor. A cursor may be closed after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a change cursor;
 * KV_ERR_BUSY if another thread uses the cursor.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_changes_close(kv_change_cursor cursor, kv_error *error);

/** @} */

/* --- Idempotency ------------------------------------------------------------------------------ */

/**
 * @defgroup idempotency Idempotency
 *
 * An operation that must not run twice, such as a payment, runs under an idempotency key. Of all
 * concurrent callers of kv_idempotency_begin, in any thread or process, exactly one receives
 * KV_IDEMPOTENCY_STARTED and a token, and runs the operation. The others receive
 * KV_IDEMPOTENCY_IN_PROGRESS, or the stored response once the first has called
 * kv_idempotency_complete.
 *
 * The record has a ttl. If its caller fails, the record expires, and a later caller receives
 * KV_IDEMPOTENCY_STARTED; so the ttl must be longer than the operation can take. The token ensures
 * that a caller whose record has expired cannot complete the record of another one.
 *
 * @code{.c}
 * // Charges once for a key, however often it is called in a day; later calls return the response.
 * static kv_status pay(kv_store store, const char *key, const char *request, kv_value *answer,
 *                      kv_error *error)
 * {
 *     const int64_t day = 24 * 60 * 60 * 1000;
 *     int32_t state = 0;
 *     uint64_t token = 0;
 *     kv_status status = kv_idempotency_begin(store, key, KV_NUL, request, KV_NUL, day, &state,
 *                                             &token, answer, error);
 *     if (status != KV_OK || state == KV_IDEMPOTENCY_COMPLETED) return status;
 *     if (state != KV_IDEMPOTENCY_STARTED) return KV_CONFLICT; // in progress, or another request
 *     status = kv_idempotency_complete(store, key, KV_NUL, token, charge(), KV_NUL, error);
 *     if (status != KV_OK) return status;
 *     return kv_idempotency_get(store, key, KV_NUL, &state, answer, error);
 * }
 * @endcode
 * @{
 */

/** From kv_idempotency_begin: this caller runs the operation, then completes it with the token. */
#define KV_IDEMPOTENCY_STARTED 1

/** Another caller runs the operation; call again later. */
#define KV_IDEMPOTENCY_IN_PROGRESS 2

/** The operation has run; its response is returned. */
#define KV_IDEMPOTENCY_COMPLETED 3

/** From kv_idempotency_begin: the key is in use for another request. */
#define KV_IDEMPOTENCY_MISMATCH 4

/**
 * Begins an operation that must not run twice, such as a payment under a key that the client chose.
 * Of any number of concurrent callers, in any number of threads and processes, exactly one receives
 * KV_IDEMPOTENCY_STARTED. A record is as durable as any write: a fail-over of a Redis may lose it,
 * and then another caller starts.
 *
 * `request` identifies the request, usually by its hash, and has at most 1,024 bytes. The same key
 * with another request is KV_IDEMPOTENCY_MISMATCH. Key and request are compared byte for byte. The
 * record has a ttl of `ttl_ms` milliseconds from its start (0: for ever), whether it is completed
 * or not. After that another caller receives KV_IDEMPOTENCY_STARTED, and the first can no longer
 * complete its record. The ttl must be longer than the operation can take.
 *
 * `state` is one of KV_IDEMPOTENCY_*. `token` is the token of a caller that starts, otherwise 0.
 * `response` is the stored response, pinned, and kv_value_free releases it; without a response it
 * is zeroed. The records are the entries of the group "kv.idempotency"; do not write to this group
 * by other calls.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl; KV_ERR_TOO_LARGE also for a longer
 * request; KV_ERR_CORRUPT also if another program has written something else into the group.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_idempotency_begin(kv_store store, const void *key, size_t key_len, const void *request,
                               size_t request_len, int64_t ttl_ms, int32_t *state, uint64_t *token,
                               kv_value *response, kv_error *error);

/**
 * Stores the response of an operation that this caller has started. The record keeps its expiry.
 * Later callers of kv_idempotency_begin receive the response.
 *
 * Returns KV_OK; KV_CONFLICT if the record is not in progress under this token, because it is
 * completed, or because another caller has started after it had expired: then nothing is written;
 * KV_NOT_FOUND if the record has expired or was removed: then nothing is written; KV_ERR_ARGUMENT
 * also for the token 0.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_idempotency_complete(kv_store store, const void *key, size_t key_len, uint64_t token,
                                  const void *response, size_t response_len, kv_error *error);

/**
 * Writes the state of a record to `*state`, KV_IDEMPOTENCY_IN_PROGRESS or KV_IDEMPOTENCY_COMPLETED,
 * and its response to `*response`, pinned; kv_value_free releases it. Without a response `response`
 * is zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND if there is no record or it has expired; KV_ERR_CORRUPT also if the
 * entry is not a record.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_idempotency_get(kv_store store, const void *key, size_t key_len, int32_t *state,
                             kv_value *response, kv_error *error);

/**
 * Removes a record, so that the operation can start again. With the token of the caller that
 * started it, the record is removed only if it is still in progress under that token; this is how a
 * caller gives up an operation that has failed. With token 0 it is removed in any state; if it is
 * in progress, another caller can start while the first one still runs.
 *
 * Returns KV_OK; KV_NOT_FOUND if there is no record or it has expired; KV_CONFLICT if the record is
 * not in progress under this token.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_idempotency_forget(kv_store store, const void *key, size_t key_len, uint64_t token,
                                kv_error *error);

/** @} */

/* --- Locks ------------------------------------------------------------------------------------ */

/**
 * @defgroup locks Locks
 *
 * A lock has one owner at a time, of all threads and processes with the same store. It is held for
 * a lease: if its owner fails, the lease ends, and another caller acquires the lock. An owner that
 * works longer renews its lease (kv_lock_renew).
 *
 * An owner cannot know that its lease has just ended: it may be stopped between a check and a
 * write. So each lock has a fencing token, a number that rises with each lock that is acquired. A
 * resource that is given the token refuses one that is lower than the highest it has seen. The
 * store does the same for a batch with kv_batch_check_lock.
 *
 * @code{.c}
 * // Runs a job that must not run twice at the same time, and stores its result.
 * static kv_status run(kv_store store, const char *(*job)(void), kv_error *error)
 * {
 *     kv_lock lock;
 *     kv_status status = kv_lock_acquire(store, "report", KV_NUL, "worker 7", KV_NUL,
 *                                        30000, // the lease: the job takes less than 30 s
 *                                        60000, // waits for another worker for up to a minute
 *                                        &lock, error);
 *     if (status != KV_OK) return status;
 *     const char *result = job();
 *     kv_batch batch;
 *     status = kv_batch_new(&batch, error);
 *     if (status != KV_OK) return status; // the lease ends by itself
 *     kv_batch_check_lock(batch, "report", KV_NUL, lock, NULL);
 *     kv_batch_set(batch, "reports", KV_NUL, "latest", KV_NUL, result, KV_NUL, NULL, NULL);
 *     status = kv_batch_commit(store, batch, error); // KV_CONFLICT: the lease has ended
 *     kv_batch_close(batch, NULL);
 *     kv_lock_release(store, "report", KV_NUL, lock, NULL);
 *     return status;
 * }
 * @endcode
 * @{
 */

/** A lock that was acquired: the proof of its owner. It is no handle; there is nothing to close. */
typedef struct kv_lock {
  /**
   * The fencing token: it is higher than those of all locks that were acquired in this store
   * before.
   */
  uint64_t token;
  /** The version of the lock's entry. */
  uint64_t version;
} kv_lock;

/**
 * Acquires a lock by its name, which has 1 to 65,535 bytes: no other caller, in any thread or
 * process, acquires it until it is released or its lease of `lease_ms` milliseconds, at least 1,
 * has ended. A lock is not recursive: its owner waits like any other caller.
 *
 * If another owner holds it, the call waits for at most `wait_ms` milliseconds; 0 does not wait. It
 * sleeps until the lock is released or its lease ends. Waiters acquire it in no particular order.
 * kv_close ends the wait with KV_ERR_CLOSED. A wait through a bound handle ends with its deadline
 * or cancel.
 *
 * `owner` is up to 1,024 bytes that describe the caller to others (kv_lock_get); it may be NULL.
 * The locks are the entries of the group "kv.lock"; do not write to this group by other calls. A
 * lock is as durable as any write: a fail-over of a Redis may lose it, and then another caller
 * acquires it. On failure `lock` is zeroed.
 *
 * Returns KV_OK; KV_CONFLICT if another owner holds the lock, also after the wait; KV_ERR_ARGUMENT
 * also for an empty name, a lease below 1 and a negative wait; KV_ERR_TOO_LARGE also for a longer
 * owner; KV_ERR_UNSUPPORTED also on a store with evict=lru, which could evict a lock; KV_ERR_CLOSED
 * if the store was closed meanwhile.
 * Other errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL, KV_ERR_IO, KV_ERR_READ_ONLY,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_POISONED,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_lock_acquire(kv_store store, const void *name, size_t name_len, const void *owner,
                          size_t owner_len, int64_t lease_ms, int64_t wait_ms, kv_lock *lock,
                          kv_error *error);

/**
 * Gives a lock another lease, which ends `lease_ms` milliseconds from now.
 *
 * Returns KV_OK; KV_CONFLICT if its lease has ended, or the lock is another owner's by now;
 * KV_ERR_ARGUMENT also for a lease below 1 and a lock that is all zero.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_lock_renew(kv_store store, const void *name, size_t name_len, kv_lock lock,
                        int64_t lease_ms, kv_error *error);

/**
 * Releases a lock, and wakes those that wait for it.
 *
 * Returns KV_OK; KV_CONFLICT if its lease has ended, or the lock is another owner's by now: then
 * nothing has changed; KV_ERR_ARGUMENT also for a lock that is all zero.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL,
 * KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_lock_release(kv_store store, const void *name, size_t name_len, kv_lock lock,
                          kv_error *error);

/**
 * Reads the holder of a lock: `owner` is the description that it gave, pinned, with the end of its
 * lease as the expiry; kv_value_free releases it. On any other status it is zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND if the lock is free; KV_ERR_CORRUPT also if the entry is not a lock.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_lock_get(kv_store store, const void *name, size_t name_len, kv_value *owner,
                      kv_error *error);

/**
 * Appends a check: the batch is applied only if the lock is still held by the owner that acquired
 * it as `lock`. The writes of an owner whose lease has ended are so refused by the store itself. A
 * system outside of the store compares tokens instead, and refuses one that is lower than the
 * highest it has seen.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for a lock that is all zero.
 * Other errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_check_lock(kv_batch batch, const void *name, size_t name_len, kv_lock lock,
                              kv_error *error);

/** @} */

/* --- Namespaces and quotas -------------------------------------------------------------------- */

/**
 * @defgroup namespaces Namespaces and quotas
 *
 * A namespace is the groups whose names begin with the namespace's name and a colon. kv_scope
 * returns a store that is narrowed to a namespace: it adds this prefix to each group name that a
 * call passes, and removes it from each that a call returns. Other groups cannot be reached through
 * it. The caller ends it with kv_close.
 *
 * A quota limits the keys, groups and bytes of a namespace. It is stored in the store and holds for
 * every handle, thread and process, also for writes by a group's full name. A write that would
 * exceed it returns KV_ERR_QUOTA and changes nothing.
 *
 * @code{.c}
 * // A store for one customer: its own groups, at most 10,000 keys and 16 MiB.
 * static kv_status open_customer(kv_store all, const char *name, kv_store *own, kv_error *error)
 * {
 *     kv_status status = kv_quota_set(all, name, 10000, 0, 16 << 20, error);
 *     return status == KV_OK ? kv_scope(all, name, own, error) : status;
 * }
 * @endcode
 * @{
 */

/**
 * The quota and the usage of a namespace, filled by kv_quota_get. The caller sets `size` to
 * sizeof(kv_quota) first.
 */
typedef struct kv_quota {
  /** sizeof(kv_quota), set by the caller. */
  uint32_t size;
  /** Reserved; 0. */
  uint32_t reserved;
  /** The limit of live keys; 0 for no limit. */
  uint64_t max_keys;
  /** The limit of groups with a live key; 0 for no limit. */
  uint64_t max_groups;
  /** The limit of bytes of groups, keys and values; 0 for no limit. */
  uint64_t max_bytes;
  /** The number of keys, with expired ones that are not purged yet; 0 if nothing is limited. */
  uint64_t keys;
  /** The number of groups, counted in the same way. */
  uint64_t groups;
  /**
   * The number of bytes, counted in the same way: for each entry, the name of its group as the
   * store has it, the key and the value.
   */
  uint64_t bytes;
} kv_quota;

/** Initialises a kv_quota: its size and nothing else, to be filled by a call. */
#define KV_QUOTA_INIT { sizeof(kv_quota), 0, 0, 0, 0, 0, 0, 0 }

/**
 * Opens a scope: a store that is narrowed to the namespace `name`, which is 1 to 255 ASCII letters,
 * digits and hyphens.
 *
 * The scope is a handle of its own, which takes every call of a store, and which the caller ends
 * with kv_close. It stays open when `store` is closed. On failure it is zeroed. Its groups are
 * those whose names begin with the namespace and a colon; a call names them by the part after the
 * colon. No other group can be read, listed, counted, watched, purged or changed through it. On a
 * scope, kv_backup and the calls for quotas return KV_ERR_UNSUPPORTED; kv_stats_get counts the
 * entries of the namespace, but the operations of the whole engine.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for any other name; KV_ERR_MEMORY when 4,096 stores are open.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_scope(kv_store store, const char *name, kv_store *scoped, kv_error *error);

/**
 * Sets the quota of a namespace. A limit of 0 is no limit; a namespace without limits is not
 * counted.
 *
 * The quota is stored in the store, and holds for every handle, thread and process from the next
 * write on, through a scope or by the full name of a group. A write that would exceed it returns
 * KV_ERR_QUOTA and changes nothing. Expired entries make room. An update of a live key counts its
 * bytes only, and a batch its net effect. The call counts the usage of the namespace once; if it
 * exceeds the new limits, it may fall but not rise. Writes of another program directly into the
 * tables of the file are not counted until the quota is set again.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for a negative limit or an invalid name of a namespace;
 * KV_ERR_UNSUPPORTED also on a scope.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE,
 * KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_quota_set(kv_store store, const char *name, int64_t max_keys, int64_t max_groups,
                       int64_t max_bytes, kv_error *error);

/**
 * Writes the quota and the usage of a namespace to `*quota`. The caller sets quota->size to
 * sizeof(kv_quota) first.
 *
 * Returns KV_OK, also if nothing is limited: then all numbers are 0; KV_ERR_ARGUMENT also for an
 * invalid name of a namespace; KV_ERR_UNSUPPORTED also on a scope.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY,
 * KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_quota_get(kv_store store, const char *name, kv_quota *quota, kv_error *error);

/** @} */

/* --- JSON and text ---------------------------------------------------------------------------- */

/**
 * @defgroup text JSON and text
 *
 * These calls return parts of a value: kv_get_split and kv_get_fields cut it at a separator or at
 * white space, kv_get_json returns the part that a JSON pointer names. kv_set_json checks that a
 * value is JSON before it is stored. JSON is stored and returned byte for byte, so numbers of any
 * length stay as they were written.
 *
 * kv_render fills a template with the values of one group, all of one snapshot. It limits size and
 * steps, so a template may come from an untrusted source.
 *
 * @code{.c}
 * // Prints the first address of a user, whose value is {"mails": ["ada@example.org", ...]}.
 * static kv_status print_mail(kv_store store, const char *user, kv_error *error)
 * {
 *     kv_value mail;
 *     kv_status status = kv_get_json(store, "users", KV_NUL, user, KV_NUL, "/mails/0", &mail,
 *                                    error);
 *     if (status != KV_OK) return status; // KV_NOT_FOUND: no such user, or no address
 *     printf("%.*s\n", (int)mail.len, (const char *)mail.data); // with its quotes: it is JSON
 *     kv_value_free(&mail);
 *     return KV_OK;
 * }
 * @endcode
 * @{
 */

/**
 * Begins a scan of the parts of a value between the occurrences of `separator`. Without an
 * occurrence the whole value is the only part, also if it is empty; between two adjacent
 * occurrences is an empty part. An empty separator cuts after each UTF-8 character; a byte that
 * belongs to no character is a part of its own, and an empty value then has no part.
 *
 * Each entry that the cursor returns has a part as its value, the group, an empty key, and the
 * version and expiry of the whole value. The value is read once. The caller ends the cursor with
 * kv_cursor_close. On any other status the cursor is zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_ERR_MEMORY when 65,536 cursors
 * are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED,
 * KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get_split(kv_store store, const void *group, size_t group_len, const void *key,
                       size_t key_len, const void *separator, size_t separator_len,
                       kv_cursor *cursor, kv_error *error);

/**
 * Begins a scan of the parts of a value between white space, as Unicode defines it. No part is
 * empty, so an empty or blank value has none. Entries and cursor are like those of kv_get_split.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_ERR_MEMORY when 65,536 cursors
 * are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED,
 * KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get_fields(kv_store store, const void *group, size_t group_len, const void *key,
                        size_t key_len, kv_cursor *cursor, kv_error *error);

/**
 * Renders the template `text` with the values of a group, all of one snapshot, and pins the result;
 * kv_value_free releases it. The version of the result is 0. On failure `rendered` is zeroed.
 *
 * The language is a part of Jinja: {{ key }} and {{ group["any key"] }}; {% if %}, {% elif %} and
 * {% else %}; {% for part in key|split(",") %}; comparisons, and, or, not, in; constants and lists
 * of them; a if b else c; {% raw %} and comments. Filters: default, escape (for HTML), int, length,
 * lines, lower, split, tojson, trim, upper. Tests: defined, undefined, startingwith, endingwith.
 * Every variable is a text, and nothing is escaped unless the template asks for it. A template
 * cannot set, call, compute or include anything. Keys with the names true, false, none and group
 * are written group["true"] and so on.
 *
 * A template from an untrusted source can do no more than show the group. A template has at most
 * 256 KiB, the values that it mentions have 16 MiB together, and the result has 16 MiB. It takes at
 * most 1,048,576 steps; values of more than 4 KiB reduce that number.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT, with the line, for an invalid template, for a key that is absent
 * or expired and has no default, and for a value that is not UTF-8; KV_ERR_TOO_LARGE if a limit is
 * exceeded.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_render(kv_store store, const void *group, size_t group_len, const char *text,
                    kv_value *rendered, kv_error *error);

/**
 * Writes a value under a key like kv_set, if the value is JSON (RFC 8259). The bytes are stored as
 * they are, numbers of any length included.
 *
 * Returns KV_OK; KV_ERR_NOT_JSON, with line and column, if the value is not JSON; KV_ERR_TOO_LARGE
 * also if arrays and objects are nested deeper than 512. On any error nothing is written.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA,
 * KV_ERR_FULL, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_set_json(kv_store store, const void *group, size_t group_len, const void *key,
                      size_t key_len, const void *value, size_t value_len, kv_error *error);

/**
 * Reads the part of a JSON value to which `path` leads, byte for byte as it was stored, and pins
 * it; kv_value_free releases it. Numbers stay text. Version and expiry are those of the whole
 * value. On any other status `value` is zeroed.
 *
 * The path is a JSON pointer (RFC 6901): "" for the whole value without the white space around it,
 * or "/name/0/...", in which ~1 is a slash and ~0 a tilde. If a name occurs twice in an object, the
 * last one counts.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired, or if the path leads to nothing;
 * KV_ERR_ARGUMENT also for a path of another form; KV_ERR_NOT_JSON, with line and column, if the
 * value is not JSON; KV_ERR_TOO_LARGE also if it is nested deeper than 512.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get_json(kv_store store, const void *group, size_t group_len, const void *key,
                      size_t key_len, const char *path, kv_value *value, kv_error *error);

/** @} */

/* --- Copies ----------------------------------------------------------------------------------- */

/**
 * @defgroup copies Copies
 *
 * kv_copy copies the live entries of a store into another one, between any two engines, with their
 * expiries to the millisecond. Versions are the target's own. The source is read as one snapshot;
 * the target is written in atomic batches, and both stores may be used during the copy.
 *
 * A kv_copy_state holds the position that the copy has reached. It is filled on success and on
 * failure, and is freed by kv_copy_state_free in both cases. A copy that was ended by an error, a
 * cancel or a killed process resumes after that position, which the options take.
 *
 * @code{.c}
 * // Copies a store; if the copy is interrupted, it goes on where it was.
 * static kv_status copy_all(kv_store from, kv_store to, kv_error *error)
 * {
 *     kv_copy_options options = KV_COPY_OPTIONS_INIT;
 *     kv_copy_state state = KV_COPY_STATE_INIT, before = KV_COPY_STATE_INIT;
 *     kv_status status = KV_OK;
 *     for (int attempt = 0; attempt < 5; attempt++) {
 *         status = kv_copy(from, to, &options, NULL, NULL, &state, error);
 *         kv_copy_state_free(&before);
 *         if (status != KV_ERR_UNAVAILABLE) break;
 *         options.after_group = state.group;
 *         options.after_group_len = state.group_len;
 *         options.after_key = state.key;
 *         options.after_key_len = state.key_len;
 *         before = state;
 *         state = (kv_copy_state)KV_COPY_STATE_INIT;
 *     }
 *     printf("%llu entries\n", (unsigned long long)state.entries);
 *     kv_copy_state_free(&state);
 *     kv_copy_state_free(&before); // nothing, if it was freed already
 *     return status;
 * }
 * @endcode
 * @{
 */

/**
 * For kv_copy_options.existing: entries of the target under keys of the source are replaced; its
 * other entries stay.
 */
#define KV_COPY_OVERWRITE 0

/**
 * For kv_copy_options.existing: all entries of the target stay; entries of the source under their
 * keys are skipped.
 */
#define KV_COPY_KEEP 1

/**
 * For kv_copy_options.existing: the target must be empty when the copy begins. A copy that resumes
 * after a position does not check this, and overwrites.
 */
#define KV_COPY_REFUSE 2

/** The options of a copy. Initialise it with KV_COPY_OPTIONS_INIT. */
typedef struct kv_copy_options {
  /** sizeof(kv_copy_options). */
  uint32_t size;
  /** One of KV_COPY_*. */
  uint32_t existing;
  /**
   * The group of the entry after which the copy resumes, as kv_copy_state has it; NULL for the
   * default group.
   */
  const void *after_group;
  /** The length of `after_group` in bytes, or KV_NUL. */
  size_t after_group_len;
  /** The key of that entry; NULL if the copy begins with the first entry. */
  const void *after_key;
  /** The length of `after_key` in bytes, or KV_NUL. */
  size_t after_key_len;
} kv_copy_options;

/** Initialises a kv_copy_options: the defaults. */
#define KV_COPY_OPTIONS_INIT { sizeof(kv_copy_options), 0, NULL, 0, NULL, 0 }

/**
 * The progress and the position of a copy. A state that is passed to a kv_copy_progress_fn is
 * borrowed, with its bytes, until that function returns. A state for kv_copy is initialised with
 * KV_COPY_STATE_INIT and freed by kv_copy_state_free.
 */
typedef struct kv_copy_state {
  /** sizeof(kv_copy_state), set by the caller. */
  uint32_t size;
  /** Reserved; 0. */
  uint32_t reserved;
  /** The number of entries that this call has written. */
  uint64_t entries;
  /** The bytes of the groups, keys and values of these entries. */
  uint64_t bytes;
  /**
   * The number of entries that were not written because the target has their keys; only with
   * KV_COPY_KEEP.
   */
  uint64_t skipped;
  /** The number of entries that expired during the copy. */
  uint64_t expired;
  /**
   * The number of entries that the target had when they were written, and no longer had when their
   * group was copied: they were deleted by another caller, or evicted by the target.
   */
  uint64_t missing;
  /**
   * The number of entries in the whole source when the call began, also those before the position
   * after which it resumes. It is an estimate, because the source may be written meanwhile. It is 0
   * until the first entries were dealt with.
   */
  uint64_t total;
  /**
   * The group of the last entry that was dealt with. All entries up to it are dealt with, and a
   * later call resumes after it. NULL if there is no such entry: the later call begins with the
   * first entry.
   */
  const uint8_t *group;
  /** The length of `group` in bytes. */
  size_t group_len;
  /** The key of that entry; NULL if there is none. */
  const uint8_t *key;
  /** The length of `key` in bytes. */
  size_t key_len;
  /** The number by which kv_copy_state_free finds the bytes; 0 if there is nothing to free. */
  uint64_t owner;
} kv_copy_state;

/** Initialises a kv_copy_state: its size and nothing else, to be filled by a call. */
#define KV_COPY_STATE_INIT { sizeof(kv_copy_state), 0, 0, 0, 0, 0, 0, 0, NULL, 0, NULL, 0, 0 }

/**
 * A function that is called after each batch of a copy with its state. A return value of 0
 * continues the copy; any other value ends it with KV_ERR_CANCELLED. It runs in the thread that has
 * called kv_copy. It may call both stores, but not close them, and must not throw.
 */
typedef int32_t (*kv_copy_progress_fn)(void *user_data, const kv_copy_state *state);

/**
 * Copies the live entries of `from` into `to`, between any two engines, with their values and their
 * expiries to the millisecond. Versions are the target's own. Either store may be a scope.
 * `options` may be NULL for the defaults; `progress` and `state` may be NULL.
 *
 * The source is read as one snapshot if its engine has snapshots: later writes to it are not
 * copied. Otherwise each entry is read at some instant of the copy. Any thread may use both stores
 * meanwhile; kv_close of one of them waits for the copy, which `progress` can end.
 *
 * The target is written in batches of one group, each of at most 256 entries and 1 MiB, or one
 * longer entry. Each batch is atomic. Where an engine cannot write several keys at once, the
 * entries of a batch are written one by one. After each batch `progress` is called with
 * `user_data`. Whatever the status, the batches before the end stay, and a call with after_group
 * and after_key resumes there. Each batch checks that the target has the entries that it reports as
 * written. When a group has been copied, its entries in the target are counted; those that are gone
 * are counted in state->missing.
 *
 * Quotas and limits of the target hold, its default_ttl does not. Quotas, options and the change
 * log are not copied.
 *
 * `state` is filled on success and on failure, and the caller frees it by kv_copy_state_free in
 * both cases. A call that is refused leaves it zeroed, or at the position after which it was to
 * resume. The call does not free an earlier content of `state`.
 *
 * Returns KV_OK; KV_ERR_CANCELLED also if `progress` ended the copy; KV_ERR_ARGUMENT also if `from`
 * and `to` are one store or one is within the other, if KV_COPY_REFUSE finds an entry, for options
 * or a state of an invalid size, and for an after_group without after_key; KV_ERR_CORRUPT also if
 * the target does not have the entries that it reports as written; KV_ERR_TOO_LARGE also if the
 * name of a group becomes too long in a namespace.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_copy(kv_store from, kv_store to, const kv_copy_options *options,
                  kv_copy_progress_fn progress, void *user_data, kv_copy_state *state,
                  kv_error *error);

/**
 * Frees the bytes of a state that kv_copy has filled, and zeroes all fields except the size. NULL,
 * a state without a position, and one that was already freed, through this or a copied structure,
 * are ignored.
 *
 * Threads: any thread, once for each state.
 *
 * @since 0.2.0
 */
void kv_copy_state_free(kv_copy_state *state);

/** @} */

/* --- Maintenance ------------------------------------------------------------------------------ */

/**
 * @defgroup maintenance Maintenance
 *
 * Statistics, backups, compaction, integrity checks and flushes of a store. Other threads and
 * processes may use the store meanwhile; only kv_compact makes writers wait. kv_usage_get and
 * kv_check read every entry, so their time grows with the store; kv_stats_get reads none.
 *
 * A backup is one snapshot of the whole file, written to a path that must not exist. An optional
 * function is called with its progress; a return value other than 0 ends the backup with
 * KV_ERR_CANCELLED, and no file is left.
 *
 * @code{.c}
 * static int32_t show(void *user_data, uint64_t done, uint64_t total)
 * {
 *     fprintf(stderr, "%s: %llu of %llu pages\n", (const char *)user_data,
 *             (unsigned long long)done, (unsigned long long)total);
 *     return 0; // anything else ends the backup
 * }
 *
 * // Copies the file while others use it, and verifies it first.
 * static kv_status back_up(kv_store store, char *path, kv_error *error)
 * {
 *     kv_status status = kv_check(store, error);
 *     return status == KV_OK ? kv_backup(store, path, show, path, error) : status;
 * }
 *
 * // Replaces everything by the copy, while others use the file.
 * static kv_status restore(kv_store store, const char *path, kv_error *error)
 * {
 *     return kv_restore(store, path, NULL, NULL, error);
 * }
 * @endcode
 * @{
 */

/**
 * Statistics of a store, which are known without reading its entries. The caller sets `size` to
 * sizeof(kv_stats) first. Counters begin at 0 when the engine opens, and are shared by all handles
 * on one file in the process.
 */
typedef struct kv_stats {
  /** sizeof(kv_stats), set by the caller. */
  uint32_t size;
  /** The format of the database file, 1 or 2; 0 without a file. */
  uint32_t format;
  /** Reads of one key that found an entry. */
  uint64_t hits;
  /** Reads of one key that found no entry. */
  uint64_t misses;
  /** Batches with a write that were applied; a single set is one batch. */
  uint64_t commits;
  /** Transactions of the engine for these batches; fewer than commits if batches shared one. */
  uint64_t transactions;
  /** Expired entries that were purged. */
  uint64_t expirations;
  /** The size of the database file in bytes; 0 without a file. */
  uint64_t file_bytes;
  /** The size of the WAL in bytes; 0 without a file. */
  uint64_t wal_bytes;
  /** Checkpoints that this engine has made. */
  uint64_t checkpoints;
  /** Open connections for reading. */
  uint64_t readers;
  /** The version of SQLite in use, with a final NUL; empty without SQLite. */
  char sqlite_version[16];
  /** Live entries that were evicted to make room for others. */
  uint64_t evictions;
  /** The limit of the bytes of the store; 0 for no limit. */
  uint64_t max_bytes;
  /** The limit of the entries of the store; 0 for no limit. */
  uint64_t max_entries;
  /** 1 if writes return KV_ERR_READ_ONLY, else 0. */
  uint32_t read_only;
  /**
   * The error number of the system that denies writing, such as EROFS or EACCES, if the store is
   * read only for that; else 0.
   */
  int32_t write_errno;
  /**
   * Milliseconds, rounded up, for which the oldest snapshot of a cursor or a watch of this process
   * on the file has been open; 0 without one. As long as it is open, the WAL grows with each write
   * of any process. See the option snapshot_timeout.
   */
  uint64_t oldest_snapshot_ms;
  /** Writes of this process that waited for a checkpoint, or were slowed down by one. */
  uint64_t write_stalls;
  /** The microseconds of all these waits. */
  uint64_t write_stall_us;
  /** The microseconds of the longest of them. */
  uint64_t longest_write_stall_us;
  /**
   * Reads of one key that the entry cache of this process has answered: entries and absent keys.
   */
  uint64_t cache_hits;
  /**
   * Times that the entry cache was emptied, by a commit of another process or a change of many
   * keys.
   */
  uint64_t cache_resets;
} kv_stats;

/** Initialises a kv_stats: its size and nothing else, to be filled by a call. */
#define KV_STATS_INIT { sizeof(kv_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", 0, 0, 0, 0, 0, 0, 0, \
    0, 0, 0, 0 }

/** The contents of a store or of a namespace. The caller sets `size` to sizeof(kv_usage) first. */
typedef struct kv_usage {
  /** sizeof(kv_usage), set by the caller. */
  uint32_t size;
  /** Reserved; 0. */
  uint32_t reserved;
  /** The number of live entries. */
  uint64_t entries;
  /** The bytes of the groups, keys and values of live entries. */
  uint64_t bytes;
  /** The number of expired entries that are not purged yet. */
  uint64_t expired_entries;
} kv_usage;

/** Initialises a kv_usage: its size and nothing else, to be filled by a call. */
#define KV_USAGE_INIT { sizeof(kv_usage), 0, 0, 0, 0 }

/**
 * A function that is called during a backup or a restore with the number of copied pages and of all
 * pages. A return value of 0 continues; any other value ends the call with KV_ERR_CANCELLED. It may
 * call the store, but not close it, and must not throw.
 */
typedef int32_t (*kv_backup_progress_fn)(void *user_data, uint64_t done, uint64_t total);

/**
 * Writes the current statistics of a store to `*stats`. The call reads no entry: its time does not
 * grow with their number. kv_usage_get counts the entries.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also if stats->size is not set; KV_ERR_UNSUPPORTED on a snapshot.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY,
 * KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_stats_get(kv_store store, kv_stats *stats, kv_error *error);

/**
 * Counts the entries of a store, or of the namespace to which it is narrowed, and writes the result
 * to `*usage`. The call reads every entry, so its time grows with their number; on a bound handle
 * it ends by the deadline. Other threads and processes read and write meanwhile.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also if usage->size is not set; KV_ERR_UNSUPPORTED on a snapshot.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY,
 * KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_usage_get(kv_store store, kv_usage *usage, kv_error *error);

/**
 * Copies one snapshot of the whole file, including tables of other programs in it, into a new file
 * at `path`, which must not exist. Other threads and processes read and write meanwhile. `progress`
 * may be NULL.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also if the file exists; KV_ERR_UNSUPPORTED also for a store that
 * is not a file; KV_ERR_CANCELLED also if `progress` ended the backup. On any error no file is
 * left.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_backup(kv_store store, const char *path, kv_backup_progress_fn progress,
                    void *user_data, kv_error *error);

/**
 * Replaces everything in the file, including tables of other programs in it, by the backup at
 * `path`, in one step that other threads and processes see as a commit: reads and scans that run
 * see the old contents to their end. Entries, expiries, quotas and limits are those of the backup;
 * every later version is above all versions of both. Watches receive KV_EVENT_LAGGED. It needs
 * twice the space of the backup while it runs. `progress` may be NULL; it is called while the
 * backup is read, before the step, and no longer when writers wait.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also if the backup is the store itself; KV_ERR_FORMAT and
 * KV_ERR_CORRUPT for a file that is no store or is damaged; KV_ERR_UNSUPPORTED also for a store
 * that is not a file, and for a backup of another format or page size; KV_ERR_CANCELLED also if
 * `progress` ended the restore. On any error the store is as it was.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_restore(kv_store store, const char *path, kv_backup_progress_fn progress,
                     void *user_data, kv_error *error);

/**
 * Returns unused space in the file to the file system. Writers wait until the call ends. It needs
 * free space of the size of the file while it runs. In memory there is nothing to do; of a Redis
 * the lists of groups and expiries are compared with the groups.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO, KV_ERR_READ_ONLY,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_compact(kv_store store, kv_error *error);

/**
 * Verifies all stored data; of a SQLite store, the whole file, and that no trigger of another
 * program runs in its writes. It counts the usage of quotas and limits again. Other threads and
 * processes read and write meanwhile.
 *
 * Returns KV_OK; KV_ERR_CORRUPT with the first fault in the message.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_check(kv_store store, kv_error *error);

/**
 * Waits until every acknowledged write would survive a loss of power. In memory, and on a Redis,
 * whose server decides when it syncs, there is nothing to do.
 *
 * Returns KV_OK; KV_ERR_POISONED also if the flush to the disk failed.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED,
 * KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED,
 * KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_flush(kv_store store, kv_error *error);

/** @} */

/* --- Metrics ---------------------------------------------------------------------------------- */

/**
 * @defgroup metrics Metrics
 *
 * Figures for monitors. They are always counted, and reading them reads no entry: kv_metrics_get
 * has those of the store, kv_call_metrics_get those of the calls of one kind, and kv_metrics_text
 * all of them as text that Prometheus scrapes.
 *
 * The counters belong to the engine: all handles on one file in the process, scopes and bound
 * handles among them, add to the same ones, and they begin at 0 when the first of these opens it.
 * Each process has its own.
 *
 * @code{.c}
 * // Prints how often a key was read, and how long the longest write took.
 * static kv_status show(kv_store store, kv_error *error)
 * {
 *     kv_metrics metrics = KV_METRICS_INIT;
 *     kv_call_metrics sets = KV_CALL_METRICS_INIT;
 *     kv_status status = kv_metrics_get(store, &metrics, error);
 *     if (status == KV_OK)
 *         status = kv_call_metrics_get(store, KV_CALL_SET, &sets, error);
 *     if (status == KV_OK)
 *         fprintf(stderr, "%llu reads, the longest %s took %llu us\n",
 *                 (unsigned long long)(metrics.hits + metrics.misses), kv_call_name(sets.kind),
 *                 (unsigned long long)sets.longest_ns / 1000);
 *     return status;
 * }
 * @endcode
 * @{
 */

/** The number of buckets of kv_call_metrics.buckets. */
#define KV_DURATION_BUCKETS 26

/** The number of buckets of kv_metrics.group_sizes. */
#define KV_GROUP_BUCKETS 9

/** Calls that read one key: kv_get, kv_get_into, kv_get_info, kv_exists, kv_ttl. */
#define KV_CALL_GET 0

/** Calls of kv_get_many. */
#define KV_CALL_GET_MANY 1

/** Calls that write one key: kv_set, kv_set_ttl, kv_put. */
#define KV_CALL_SET 2

/** Calls of kv_delete and kv_delete_version. */
#define KV_CALL_DELETE 3

/** Calls of kv_take. */
#define KV_CALL_TAKE 4

/** Calls of kv_increment. */
#define KV_CALL_INCREMENT 5

/** Calls of kv_append. */
#define KV_CALL_APPEND 6

/** Calls of kv_expire and kv_persist. */
#define KV_CALL_EXPIRE 7

/** Calls of kv_scan, kv_groups and kv_snapshot. */
#define KV_CALL_SCAN 8

/** Calls of kv_count and kv_count_all. */
#define KV_CALL_COUNT 9

/** Calls of kv_delete_group, kv_delete_prefix, kv_delete_all and kv_purge_expired. */
#define KV_CALL_DELETE_RANGE 10

/** Calls of kv_batch_commit. */
#define KV_CALL_BATCH 11

/** Calls of kv_txn_commit. */
#define KV_CALL_TRANSACTION 12

/** Calls of kv_watch_open, kv_on_change, kv_changes and kv_changes_oldest. */
#define KV_CALL_WATCH 13

/** Calls on locks, with their waits. */
#define KV_CALL_LOCK 14

/** Calls on idempotency records. */
#define KV_CALL_IDEMPOTENCY 15

/** Calls of kv_writer_open, kv_writer_commit and kv_reader_open. */
#define KV_CALL_STREAM 16

/** Calls on JSON, parts of values and templates. */
#define KV_CALL_TEXT 17

/** Calls of kv_scope, kv_quota_set and kv_quota_get. */
#define KV_CALL_NAMESPACE 18

/** Calls of kv_copy. */
#define KV_CALL_COPY 19

/**
 * Calls of kv_stats_get, kv_usage_get, kv_metrics_get, kv_call_metrics_get, kv_metrics_text,
 * kv_backup, kv_restore, kv_compact, kv_check and kv_flush.
 */
#define KV_CALL_MAINTENANCE 20

/** The number of kinds of calls that this version knows. */
#define KV_CALL_KINDS 21

/**
 * The metrics of a store, all but those of its calls. The caller sets `size` to sizeof(kv_metrics)
 * first. Counters begin at 0 when the engine opens, and are shared by all handles on one file in
 * the process. A figure that the engine does not have is 0.
 */
typedef struct kv_metrics {
  /** sizeof(kv_metrics), set by the caller. */
  uint32_t size;
  /** Reserved; 0. */
  uint32_t reserved;
  /** Reads of one key that found an entry. */
  uint64_t hits;
  /** Reads of one key that found no entry. */
  uint64_t misses;
  /** Reads of one key that the entry cache has answered. */
  uint64_t cache_hits;
  /** Times that the entry cache was emptied. */
  uint64_t cache_resets;
  /** Batches with a write that were applied; a single set is one batch. */
  uint64_t commits;
  /** Transactions of the engine for these batches. */
  uint64_t transactions;
  /** The most batches in one transaction. */
  uint64_t largest_group;
  /** Waits for locks of other processes. */
  uint64_t busy_waits;
  /** The time of these waits, in microseconds. */
  uint64_t busy_wait_us;
  /** The longest of them, in microseconds. */
  uint64_t longest_busy_wait_us;
  /** Commits and logs that were synced to the disk. */
  uint64_t syncs;
  /** The time of these syncs, in microseconds. */
  uint64_t sync_us;
  /** The longest of them, in microseconds. */
  uint64_t longest_sync_us;
  /** Checkpoints of a WAL, or snapshots of a log. */
  uint64_t checkpoints;
  /** The time of these checkpoints, in microseconds. */
  uint64_t checkpoint_us;
  /** The longest of them, in microseconds. */
  uint64_t longest_checkpoint_us;
  /** Checkpoints that failed. */
  uint64_t failed_checkpoints;
  /** Writes that waited for a checkpoint, or were slowed down by one. */
  uint64_t write_stalls;
  /** The time of these waits, in microseconds. */
  uint64_t write_stall_us;
  /** The longest of them, in microseconds. */
  uint64_t longest_write_stall_us;
  /** Purges in the background that removed entries. */
  uint64_t purges;
  /** The time of these purges, in microseconds. */
  uint64_t purge_us;
  /** Expired entries that were removed. */
  uint64_t expirations;
  /** Live entries that were removed to make room for others. */
  uint64_t evictions;
  /** Open watches. */
  uint64_t watches;
  /** Registered callbacks. */
  uint64_t callbacks;
  /** Events in the queues of all watches. */
  uint64_t queued_events;
  /** Events in the longest of these queues. */
  uint64_t longest_queue;
  /** The age of the oldest event in a queue, in milliseconds. */
  uint64_t watch_lag_ms;
  /** Events for which a queue had no room. */
  uint64_t lost_events;
  /** The age of the oldest open snapshot of a cursor or watch, in milliseconds. */
  uint64_t oldest_snapshot_ms;
  /** Open connections for reading. */
  uint64_t readers;
  /** The size of the database file, or of the snapshot of a log. */
  uint64_t file_bytes;
  /** The size of the WAL or of the log. */
  uint64_t wal_bytes;
  /** Bytes of free pages in the database file. */
  uint64_t free_bytes;
  /** Memory of the entries of a store in memory or with a log. */
  uint64_t row_bytes;
  /** Memory of the entry cache. */
  uint64_t cache_bytes;
  /** Memory of the page caches of idle connections. */
  uint64_t page_bytes;
  /** Memory of the events in the queues of watches. */
  uint64_t event_bytes;
  /** The limit of the option max_memory; 0 for none. */
  uint64_t max_memory;
  /** Open connections to Redis servers. */
  uint64_t connections;
  /** Connections that were made to Redis servers. */
  uint64_t connects;
  /** Connections that could not be made. */
  uint64_t failed_connects;
  /** Calls that were sent to a Redis again. */
  uint64_t retries;
  /** Calls that a node of a cluster sent to another one. */
  uint64_t redirections;
  /** Times that another server became the master of a slot or name. */
  uint64_t failovers;
  /** 1 if the store refuses writes because it can only be read. */
  uint64_t read_only;
  /** 1 if the store refuses writes after a failure. */
  uint64_t poisoned;
  /** Transactions by the number of their batches: 1, 2, up to 4, 8, 16, 32, 64, 128, and more. */
  uint64_t group_sizes[KV_GROUP_BUCKETS];
} kv_metrics;

/** Initialises a kv_metrics: its size and nothing else, to be filled by a call. */
#define KV_METRICS_INIT { sizeof(kv_metrics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
    0, { 0 } }

/**
 * The metrics of the calls of one kind on a store. The caller sets `size` to
 * sizeof(kv_call_metrics) first. The counters begin at 0 when the engine opens, and are shared by
 * all handles on one file in the process.
 *
 * Of the calls that read one key, one in 64 is timed and counted 64 times; so are those that write
 * one key of a store in memory. All others are timed.
 */
typedef struct kv_call_metrics {
  /** sizeof(kv_call_metrics), set by the caller. */
  uint32_t size;
  /** The kind, one of KV_CALL_*. */
  int32_t kind;
  /** The calls, those that failed included. */
  uint64_t calls;
  /** The calls that returned an error. */
  uint64_t errors;
  /** The duration of all calls, in nanoseconds. */
  uint64_t total_ns;
  /** The duration of the longest call that was timed, in nanoseconds. */
  uint64_t longest_ns;
  /**
   * The calls by their duration: up to 100, 200, 500 ns, 1, 2, 5 us and so on to 1, 2, 5, 10 s, and
   * longer.
   */
  uint64_t buckets[KV_DURATION_BUCKETS];
} kv_call_metrics;

/** Initialises a kv_call_metrics: its size and nothing else, to be filled by a call. */
#define KV_CALL_METRICS_INIT { sizeof(kv_call_metrics), 0, 0, 0, 0, 0, { 0 } }

/**
 * Writes the metrics of a store to `*metrics`. The call reads no entry; on a scope the metrics are
 * those of the whole store.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also if metrics->size is not set; KV_ERR_UNSUPPORTED on a
 * snapshot.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY,
 * KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_metrics_get(kv_store store, kv_metrics *metrics, kv_error *error);

/**
 * Writes the metrics of the calls of one kind, one of KV_CALL_*, to `*metrics`.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for an unknown kind, and if metrics->size is not set.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_call_metrics_get(kv_store store, int32_t kind, kv_call_metrics *metrics,
                              kv_error *error);

/**
 * Returns all metrics of a store as text in the format of Prometheus (version 0.0.4), and pins it;
 * kv_value_free releases it. Each line has the label `store`: the path, or the addresses and the
 * prefix, without user, password and options. The version of the result is 0. On failure `text` is
 * zeroed.
 *
 * Returns KV_OK; KV_ERR_UNSUPPORTED on a snapshot; KV_ERR_MEMORY when 1,048,576 values are pinned.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_metrics_text(kv_store store, kv_value *text, kv_error *error);

/**
 * Returns the name of a kind of calls, such as "get"; the string is static. It is "unknown" for a
 * number that is none of KV_CALL_*.
 *
 * @since 0.2.0
 */
const char *kv_call_name(int32_t kind);

/** @} */

/* --- Logs and traces -------------------------------------------------------------------------- */

/**
 * @defgroup logs Logs and traces
 *
 * The library writes nothing by itself. A program that sets a log receives what the library does in
 * the background and what fails without failing a call; one that sets a trace receives each call.
 * Both are of the whole process.
 *
 * The option slow of a location makes a record of each call that takes as long, with its kind and
 * group. No record has a key, a value or a password.
 *
 * @code{.c}
 * // Prints a record of the log; it runs in a thread of its own.
 * static void print(void *user_data, const kv_log_record *record)
 * {
 *     fprintf((FILE *)user_data, "%s %s: %s\n", record->topic, record->store, record->message);
 * }
 *
 * // Prints each call with its duration.
 * static uint64_t trace(void *user_data, const kv_trace_call *call)
 * {
 *     if (call->phase == KV_TRACE_END)
 *         fprintf((FILE *)user_data, "%s of %.*s: %d after %llu ns\n", kv_call_name(call->kind),
 *                 (int)call->group_len, call->group_len ? (const char *)call->group : "",
 *                 call->status, (unsigned long long)call->duration_ns);
 *     return 0;
 * }
 *
 * static kv_status observe(kv_error *error)
 * {
 *     kv_status status = kv_set_log(KV_LOG_INFO, print, stderr, NULL, error);
 *     return status == KV_OK ? kv_set_trace(0, trace, stderr, NULL, error) : status;
 * }
 * @endcode
 * @{
 */

/** For kv_set_log: no records. */
#define KV_LOG_OFF 0

/** For kv_set_log: a store refuses writes, or a bug was caught. */
#define KV_LOG_ERROR 1

/** For kv_set_log: also what is slow or fails for a while, and is tried again. */
#define KV_LOG_WARN 2

/** For kv_set_log: also stores that are opened, closed and recovered, and connections. */
#define KV_LOG_INFO 3

/** For kv_set_log: also checkpoints, purges and repeated calls. */
#define KV_LOG_DEBUG 4

/** For kv_set_trace: kv_trace_call has the key of a call that names one. */
#define KV_TRACE_KEYS 1

/** For kv_trace_call.phase: the call begins. */
#define KV_TRACE_BEGIN 0

/** For kv_trace_call.phase: the call has ended. */
#define KV_TRACE_END 1

/**
 * A record of the log. Its strings are UTF-8, end with a NUL, and are borrowed until the function
 * returns. No record has a password, a key or a value.
 */
typedef struct kv_log_record {
  /** sizeof(kv_log_record) of the library. */
  uint32_t size;
  /** One of KV_LOG_ERROR to KV_LOG_DEBUG. */
  int32_t level;
  /** The time in milliseconds since 1970. */
  int64_t time_ms;
  /**
   * The topic: log, open, close, recovery, checkpoint, stall, purge, slow, connection, failover,
   * poison, panic or watch.
   */
  const char *topic;
  /**
   * The store: its path, or the addresses and the prefix, without options; empty if the record is
   * about none.
   */
  const char *store;
  /** A sentence. */
  const char *message;
} kv_log_record;

/** Initialises a kv_log_record: its size and nothing else, to be filled by a call. */
#define KV_LOG_RECORD_INIT { sizeof(kv_log_record), 0, 0, NULL, NULL, NULL }

/** A function that receives the records of the log, one after the other. */
typedef void (*kv_log_fn)(void *user_data, const kv_log_record *record);

/** A call as a trace shows it. The bytes are borrowed until the function returns. */
typedef struct kv_trace_call {
  /** sizeof(kv_trace_call) of the library. */
  uint32_t size;
  /** KV_TRACE_BEGIN or KV_TRACE_END. */
  int32_t phase;
  /** The kind of the call, one of KV_CALL_*; kv_call_name has its name. */
  int32_t kind;
  /** At the end the status that the call returns; 0 at the begin. */
  kv_status status;
  /** The group; NULL if the call names none, or an invalid one. */
  const uint8_t *group;
  /** The length of `group` in bytes. */
  size_t group_len;
  /** The key, with the flag KV_TRACE_KEYS; NULL if the call names none, or an invalid one. */
  const uint8_t *key;
  /** The length of `key` in bytes. */
  size_t key_len;
  /** At the end the duration of the call in nanoseconds; 0 at the begin. */
  uint64_t duration_ns;
  /** At the end the number that the function has returned at the begin; 0 at the begin. */
  uint64_t context;
} kv_trace_call;

/** Initialises a kv_trace_call: its size and nothing else, to be filled by a call. */
#define KV_TRACE_CALL_INIT { sizeof(kv_trace_call), 0, 0, 0, NULL, 0, NULL, 0, 0, 0 }

/**
 * A function that is called at the begin and the end of each call, in the thread of the call. The
 * number that it returns at the begin is in `context` at the end.
 */
typedef uint64_t (*kv_trace_fn)(void *user_data, const kv_trace_call *call);

/**
 * Sends the records of `level` and above of the whole process to `callback`, in place of the
 * function before; KV_LOG_OFF or a `callback` of NULL ends the log. Without a log the library
 * writes nothing: neither to standard error nor anywhere else.
 *
 * The callback runs in a thread of its own, never inside a call of the program: so it may take any
 * lock and call any function but kv_set_log, and no call waits for it. At most 1,024 records wait;
 * more are dropped and counted in a record. Calls that the callback makes are not logged. kv_close
 * waits until the records before it were passed on, for a second at most. No exception may leave
 * the callback.
 *
 * `destroy`, which may be NULL, is called once with `user_data` after the last call of the
 * callback, before the next kv_set_log returns. It is not called if this call fails. The child of a
 * fork has no log until it sets one.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for an unknown level; KV_ERR_BUSY from inside a callback;
 * KV_ERR_IO with os_error if no thread can be started.
 * Other errors: KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_set_log(int32_t level, kv_log_fn callback, void *user_data, kv_destroy_fn destroy,
                     kv_error *error);

/**
 * Calls `callback` at the begin and the end of each call on a store, in place of the function
 * before; NULL ends the trace. `flags` is 0 or KV_TRACE_KEYS. Traced are the calls that name a
 * store, and the commits of transactions and of values in pieces; not those on cursors, batches,
 * watches and events. A call that is refused because its handle is closed is not traced.
 *
 * The callback runs in the thread of the call, without any lock, and may be called by several
 * threads at once. It makes each call slower by its own time. It may call the library, whose calls
 * are traced as well, but not close the store of the call. A call that began before kv_set_trace
 * ends with the function with which it began. The child of a fork has no trace until it sets one.
 * No exception may leave the callback.
 *
 * `destroy`, which may be NULL, is called once with `user_data` after the last call of the
 * callback, in the thread that ends it. It is not called if this call fails.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for unknown flags.
 * Other errors: KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_set_trace(uint32_t flags, kv_trace_fn callback, void *user_data, kv_destroy_fn destroy,
                       kv_error *error);

/** @} */

/* --- Deadlines and cancelling ----------------------------------------------------------------- */

/**
 * @defgroup deadlines Deadlines and cancelling
 *
 * kv_bind returns a bound handle: a kv_store whose calls have a deadline, and can be cancelled by
 * another thread. kv_arm sets the deadline of the next calls and returns the number of the arming;
 * kv_cancel ends the calls of that arming. A cancel that arrives after a later kv_arm has no
 * effect.
 *
 * Before it begins to commit, a call ends within about 10 ms of its deadline or cancel, with
 * KV_ERR_DEADLINE or KV_ERR_CANCELLED, and has written nothing, except the finished steps of a copy
 * or purge. From the commit on it runs to its end and returns its result. One bound handle serves
 * one call at a time.
 *
 * @code{.c}
 * // Reads a value within a time, or returns KV_ERR_DEADLINE. The caller frees the value.
 * static kv_status get_within(kv_store store, int64_t ms, const char *key, kv_value *value,
 *                             kv_error *error)
 * {
 *     kv_store bound;
 *     kv_status status = kv_bind(store, &bound, error);
 *     if (status != KV_OK) return status;
 *     status = kv_arm(bound, ms, NULL, error);
 *     if (status == KV_OK) status = kv_get(bound, "", 0, key, KV_NUL, value, error);
 *     kv_close(bound, NULL);
 *     return status;
 * }
 * @endcode
 * @{
 */

/**
 * The function for kv_arm_poll. A return value of 0 continues the call; any other value cancels it.
 * It may run signal handlers of the caller. It must not call the store, and it must return: no
 * exception may leave it.
 */
typedef int32_t (*kv_poll_fn)(void *user_data);

/**
 * Binds a store: creates a handle of the same store whose calls can have a deadline and be
 * cancelled.
 *
 * The handle takes every call of a store. A cursor or transaction that is made through it obeys the
 * deadline that the handle has at the time of each call. Waits for a lock or in the write queue,
 * scans, counts, purges, checks, backups, copies and calls of a Redis end within about 10 ms of the
 * deadline or cancel with KV_ERR_DEADLINE or KV_ERR_CANCELLED. They have written nothing, except
 * the finished steps of a copy or purge. A call that has begun to commit runs to its end and
 * returns its result. A write that was sent to a Redis without a reply returns KV_ERR_UNAVAILABLE:
 * it is unknown whether it was written. If busy_timeout or call_timeout passes first, the call
 * returns KV_ERR_BUSY or KV_ERR_UNAVAILABLE as on any store. Watches and callbacks that are made
 * through the handle belong to the store; a kv_watch_poll that waits obeys the handle as well, and
 * returns KV_ERR_CANCELLED once the handle is closed.
 *
 * One handle serves one call at a time: calls of several threads through it have one deadline and
 * are cancelled together. A handle is cheap to keep for later calls. `store` may be bound itself,
 * or be a scope; a scope of a bound store is not bound.
 *
 * The caller ends the handle with kv_close, which cancels a call that runs through it and waits for
 * that call. After the store is closed, calls through the handle return KV_ERR_CLOSED. On failure
 * the handle is zeroed.
 *
 * Returns KV_OK; KV_ERR_MEMORY when 65,536 bound handles are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_bind(kv_store store, kv_store *bound, kv_error *error);

/**
 * Arms a bound handle for its next call, or for several: from now on they have `deadline_ms`
 * milliseconds together, by the monotonic clock. -1 is no deadline; 0 is a deadline that has
 * already passed. An earlier kv_cancel is undone.
 *
 * The call writes the number of the arming to `*arming`, which may be NULL; the number is never 0.
 * A kv_cancel with this number has no effect once the handle is armed again.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for a deadline below -1, and for a handle that is not bound.
 * Other errors: KV_ERR_HANDLE, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_arm(kv_store bound, int64_t deadline_ms, uint64_t *arming, kv_error *error);

/**
 * Cancels the calls of an arming, the running ones and those that begin before the next kv_arm. 0
 * instead of a number means the newest arming. The call has no effect if the handle was armed again
 * since.
 *
 * Any thread may call it at any time, and so may a signal handler: it takes no lock, allocates no
 * memory and leaves errno unchanged.
 *
 * Returns KV_OK, also if no call is running; KV_ERR_ARGUMENT for a handle that is not bound.
 * Other errors: KV_ERR_HANDLE, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_cancel(kv_store bound, uint64_t arming, kv_error *error);

/**
 * Sets a function that runs about every 10 ms, in the calling thread, while a call through a bound
 * handle waits or works. NULL removes it. With it an interpreter runs its signal handlers during a
 * long call.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for a handle that is not bound.
 * Other errors: KV_ERR_HANDLE, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_arm_poll(kv_store bound, kv_poll_fn poll, void *user_data, kv_error *error);

/** @} */

/* --- Library ---------------------------------------------------------------------------------- */

/**
 * @defgroup library Library
 *
 * The version of this header as constants, the version of the loaded library as functions, and the
 * texts of the statuses. A program that loads the library at run time compares kv_abi_version()
 * with KV_ABI_VERSION: if they are equal, the interfaces match. All strings are static; any thread
 * may call these functions at any time, before a store is open and after a fork too.
 *
 * @code{.c}
 * // For a program that loads the library at run time.
 * static int can_use_library(void)
 * {
 *     if (kv_abi_version() != KV_ABI_VERSION) {
 *         fprintf(stderr, "kv %s has another interface than kv.h\n", kv_version());
 *         return 0;
 *     }
 *     return kv_version_number() >= KV_VERSION_NUMBER;
 * }
 * @endcode
 * @{
 */

/** The major version of the library. */
#define KV_VERSION_MAJOR 0

/** The minor version of the library. */
#define KV_VERSION_MINOR 2

/** The patch version of the library. */
#define KV_VERSION_PATCH 0

/** The version of the library as one number: major * 1,000,000 + minor * 1,000 + patch. */
#define KV_VERSION_NUMBER 2000

/**
 * The version of this interface. It changes only if programs compiled for an older one would break.
 */
#define KV_ABI_VERSION 2

/**
 * Returns the meaning of a status, for any number; the string is static. kv_error.message says
 * more.
 *
 * @since 0.2.0
 */
const char *kv_strerror(kv_status status);

/**
 * Returns the version of the loaded library, such as "0.2.0"; the string is static.
 *
 * @since 0.2.0
 */
const char *kv_version(void);

/**
 * Returns the version of the loaded library as a number, to compare with KV_VERSION_NUMBER.
 *
 * @since 0.2.0
 */
uint32_t kv_version_number(void);

/**
 * Returns the version of the interface of the loaded library, to compare with KV_ABI_VERSION.
 *
 * @since 0.2.0
 */
uint32_t kv_abi_version(void);

/** @} */

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* KV_H */
