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
 *    closed or forged handle, or on one of another kind, returns KV_ERR_HANDLE and never crashes.
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
 * What a call came to: 0 is success, a positive number an outcome, a negative one an error.
 *
 * Numbers are never reused for another meaning.
 */
typedef int32_t kv_status;

/** Done. */
#define KV_OK 0

/** There is no live entry under the key. */
#define KV_NOT_FOUND 1

/** A condition does not hold; nothing was written. */
#define KV_CONFLICT 2

/** A cursor has reached its end. */
#define KV_DONE 3

/** A wait has ended without an event. */
#define KV_TIMEOUT 4

/** The caller's buffer is too small; the length needed was written. */
#define KV_TOO_SMALL 5

/** An argument or option is not acceptable. */
#define KV_ERR_ARGUMENT (-1)

/** A handle is zero, stale, forged, closed or of another kind. */
#define KV_ERR_HANDLE (-2)

/** The store behind the handle was closed. */
#define KV_ERR_CLOSED (-3)

/** Another user holds what is needed: a lock past the time-out, or a handle in use. */
#define KV_ERR_BUSY (-4)

/** A namespace would exceed its quota. */
#define KV_ERR_QUOTA (-5)

/** The disk or the store's own limit is full. */
#define KV_ERR_FULL (-6)

/** A group, key, value or buffer exceeds its limit. */
#define KV_ERR_TOO_LARGE (-7)

/** A value is not a 64-bit decimal integer, or the sum would not be one. */
#define KV_ERR_NOT_INTEGER (-8)

/** A value is not JSON. */
#define KV_ERR_NOT_JSON (-9)

/** Reading or writing failed; os_error has the operating system's number. */
#define KV_ERR_IO (-10)

/** The store was opened, or can only be opened, for reading. */
#define KV_ERR_READ_ONLY (-11)

/** The operating system denies access. */
#define KV_ERR_PERMISSION (-12)

/** The file is damaged. */
#define KV_ERR_CORRUPT (-13)

/** The file is not a store, or of a format this version does not know. */
#define KV_ERR_FORMAT (-14)

/** This engine cannot keep a rule that the call needs. */
#define KV_ERR_UNSUPPORTED (-15)

/** A server cannot be reached in time. */
#define KV_ERR_UNAVAILABLE (-16)

/** A configuration file is wrong. */
#define KV_ERR_CONFIG (-17)

/** The change log no longer reaches back that far. */
#define KV_ERR_COMPACTED (-18)

/** An earlier failure left durability unknown; close the store and open it again. */
#define KV_ERR_POISONED (-19)

/** This process was forked while a store was open; it may not use any. */
#define KV_ERR_FORKED (-20)

/** A bug in the library was caught at its boundary. */
#define KV_ERR_PANIC (-21)

/** Memory, or a slot for one more handle, could not be had. */
#define KV_ERR_MEMORY (-22)

/** The call was cancelled, see kv_cancel; it has written nothing. */
#define KV_ERR_CANCELLED (-23)

/** The deadline of the call has passed, see kv_arm; it has written nothing. */
#define KV_ERR_DEADLINE (-24)

/** As a length: the bytes are a string that ends with a NUL. */
#define KV_NUL SIZE_MAX

/** Bytes of kv_error.message, its NUL included. */
#define KV_ERROR_MESSAGE_LEN 248

/**
 * What went wrong, in memory of the caller's. Filled only when a call returns a negative status.
 */
typedef struct kv_error {
  /** The status the call returned. */
  kv_status code;
  /** The operating system's error number, or 0. */
  int32_t os_error;
  /** A sentence in UTF-8 that ends with a NUL, cut if it is longer. */
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
 *     // Every commit reaches the disk; watches hear of other processes; an hour by default.
 *     return kv_open("sqlite:app.db?durability=full&changes=on&default_ttl=1h", store, error);
 * }
 *
 * static kv_status open_cache(kv_store *store, kv_error *error)
 * {
 *     // In memory, 64 MiB; what was not used for the longest time makes room.
 *     return kv_open("memory:?max_bytes=64MiB&evict=lru", store, error);
 * }
 * @endcode
 * @{
 */

/** An open store. All calls, close included, may come from any thread at any time. */
typedef struct kv_store {
  /** The number of the handle; 0 is no store. */
  uint64_t id;
} kv_store;

/**
 * Opens a store.
 *
 * `location` is a path, `sqlite:PATH?option=value`, `memory:?option=value`, `:memory:` or that of a
 * Redis, see below. The options of sqlite are durability=normal|full, busy_timeout=5s,
 * purge_interval=60s (0: never), wal_limit=16MiB, inline_limit=960, create=on|off,
 * create_dirs=off|on, read_only=off|on. A path without sqlite: is taken literally. A missing file
 * is created, readable by its owner alone. Handles on one file share one engine within a process;
 * options that differ from those in use are refused.
 *
 * changes=on|off switches the log of changes, which makes watches hear of all processes that use
 * the file; changes_keep=100000 (0: all) and changes_keep_for=7d (0: for ever) say how much of it
 * is kept. These three belong to the file: what is not said stays as it is, for everybody.
 *
 * max_bytes=64MiB and max_entries=1000 (0: no limit), for sqlite and memory, limit what the store
 * as a whole may hold: entries, and the bytes of groups, keys and values. A write that would exceed
 * a limit first has expired entries purged. evict=none: if that is not enough, it fails with
 * KV_ERR_FULL, and everything stays as it was. evict=lru: the entries that were not used for the
 * longest time are removed, in the same transaction and with a KV_EVENT_DELETE each, until there is
 * room; only what would not fit into the empty store is KV_ERR_FULL. A read of a key, also of its
 * ttl, and a write use it; scans, counts and conditions do not. A batch counts as it leaves the
 * store, and evicts nothing that it uses itself. In a file these three belong to the file, as the
 * log of changes does: they hold for everybody, from now on, and max_bytes=0&max_entries=0 removes
 * them.
 *
 * default_ttl=10m (0: for ever), for stores of every kind, is how long entries live that this
 * process writes without a ttl.
 *
 * redis://USER:PASSWORD\@HOST:6379/0?option=value is a store in a Redis, redis-cluster://HOST,HOST
 * one in a Redis Cluster; rediss and rediss-cluster are encrypted. User and password are escaped as
 * \%XX; all between the scheme and the options may be left out. The options are prefix=kv,
 * pool_size=10 (connections to a server), connect_timeout=2s, call_timeout=5s, purge_interval=60s,
 * expiry_events=on|off, scans=snapshot|live, tls_ca=FILE, tls_cert=FILE, tls_key=FILE.
 * docs/storage.md lists what cannot hold there; such calls fail with KV_ERR_UNSUPPORTED.
 *
 * Gives a handle that kv_close ends. On failure the handle is zeroed.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for a location or option that is not understood, named in the
 * message; KV_ERR_IO or KV_ERR_PERMISSION with os_error if the file cannot be opened; KV_ERR_FORMAT
 * for a file that is not a store or of a newer format, which stays as it is; KV_ERR_CORRUPT for a
 * damaged one; KV_ERR_BUSY if another process holds it past the time-out; KV_ERR_READ_ONLY if
 * SQLite cannot create the files it keeps beside it; KV_ERR_UNAVAILABLE if no server answers in
 * time, KV_ERR_PERMISSION if it does not let us in; KV_ERR_MEMORY when 4,096 stores are open.
 * Other errors: KV_ERR_FULL, KV_ERR_UNSUPPORTED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_open(const char *location, kv_store *store, kv_error *error);

/**
 * Opens the store that a services file calls `service`: a file in YAML that names stores.
 *
 * services: {sessions: {type: kvstore_sqlite, config: {path: app.db, durability: full}}}
 *
 * A type is kvstore_sqlite, kvstore_memory or kvstore_redis. The keys of a config are the path and
 * the options of kv_open, and of a Redis addr, username, password, db, cluster and tls; an unknown
 * one, and a value of the wrong type, is an error. In texts ${NAME} and ${NAME:default} stand for a
 * variable of the environment. docs/services.md has all of it.
 *
 * What the file says about other services is not looked at. A service opened twice is one file
 * opened twice, as with kv_open; one in memory is a new store each time. Relative paths, that of
 * the file and those in it, are relative to the working directory.
 *
 * Gives a handle that kv_close ends. On failure the handle is zeroed. The environment must not be
 * changed by another thread during the call.
 *
 * Returns KV_OK; KV_ERR_CONFIG if something in the file is wrong or the service is not in it: the
 * message has file, line, column, service and key, and nothing of a password or of what a variable
 * holds; KV_ERR_IO or KV_ERR_PERMISSION with os_error if the file cannot be read; KV_ERR_ARGUMENT
 * for NULL or text that is not UTF-8. An error of the store itself is as kv_open describes it,
 * after the line of its service.
 * Other errors: KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_READ_ONLY, KV_ERR_CORRUPT, KV_ERR_FORMAT,
 * KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_open_config(const char *config_path, const char *service, kv_store *store,
                         kv_error *error);

/**
 * Closes a store: refuses new calls with KV_ERR_HANDLE, waits for running ones, ends cursors and
 * watches (their next call is KV_ERR_CLOSED, whoever waits in one is woken) and callbacks, and
 * closes the file when this was its last handle and no cursor is at an entry. Of a bound handle it
 * ends the handle alone, see kv_bind.
 *
 * Returns KV_OK; KV_ERR_HANDLE for a handle that is closed already, zero or not a store;
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
 * // Replaces a value only if nobody else has changed it since it was read.
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

/** As kv_put_options.condition: nothing is required. */
#define KV_IF_ANY 0

/** As kv_put_options.condition: the key must be absent. */
#define KV_IF_ABSENT 1

/** As kv_put_options.condition: the key must be present. */
#define KV_IF_PRESENT 2

/** As kv_put_options.condition: the key must be at kv_put_options.version (0: absent). */
#define KV_IF_VERSION 3

/**
 * As kv_put_options.expiry: none is given. The entry lives for the default_ttl the store was opened
 * with, without one for ever; to say for ever, take KV_EXPIRY_AFTER with KV_TTL_NEVER.
 */
#define KV_EXPIRY_DEFAULT 0

/**
 * As kv_put_options.expiry: it expires time_ms milliseconds after the write; KV_TTL_NEVER, 0 and
 * KV_TTL_DEFAULT are taken too.
 */
#define KV_EXPIRY_AFTER 1

/**
 * As kv_put_options.expiry: it expires at time_ms, in milliseconds since 1970; at -1, which is what
 * an entry that never expires is read with, never.
 */
#define KV_EXPIRY_AT 2

/** As kv_put_options.expiry: a live entry keeps its expiry, a new one is given none. */
#define KV_EXPIRY_KEEP 3

/** As kv_put_options.durability: that of the store. */
#define KV_DURABILITY_DEFAULT 0

/**
 * As kv_put_options.durability: as a store with durability=normal writes. KV_ERR_UNSUPPORTED so
 * far.
 */
#define KV_DURABILITY_NORMAL 1

/**
 * As kv_put_options.durability: as a store with durability=full writes. KV_ERR_UNSUPPORTED so far;
 * a kv_flush after the write does the same.
 */
#define KV_DURABILITY_FULL 2

/**
 * A value that the library keeps in place until kv_value_free. Copying the structure copies no
 * bytes and gives no second right to free them.
 */
typedef struct kv_value {
  /** The bytes; never NULL for a value that was found, also if it is empty. */
  const uint8_t *data;
  /** How many there are. */
  size_t len;
  /** The version of the entry. */
  uint64_t version;
  /** When it expires, in milliseconds since 1970, or -1 if it never does. */
  int64_t expires_at_ms;
  /** Whose it is; 0 for nobody's. */
  uint64_t owner;
  /** The size of the whole value in bytes: `len`, if its bytes are there. */
  uint64_t value_size;
  /** 0. */
  uint32_t flags;
  /** 0. */
  uint32_t reserved;
} kv_value;

/**
 * How a write is made. Initialise it with KV_PUT_OPTIONS_INIT; fields a condition or expiry does
 * not use must be 0.
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
 * Gives a value back and zeroes the structure. NULL, a zeroed structure, and a value that was freed
 * already, through this or a copied structure, are ignored.
 *
 * Threads: any, once.
 *
 * @since 0.2.0
 */
void kv_value_free(kv_value *value);

/**
 * Gives the value under a key, pinned: kv_value_free gives it back. Later writes do not change the
 * bytes, and they outlive the store. On any other status `value` is zeroed.
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
 * Copies the value under a key into `buffer`, which has room for `capacity` bytes, and gives its
 * length. `buffer` may be NULL if `capacity` is 0.
 *
 * Returns KV_OK; KV_NOT_FOUND; KV_TOO_SMALL if the value is longer than `capacity`: then nothing is
 * copied and `*len` is the length needed.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get_into(kv_store store, const void *group, size_t group_len, const void *key,
                      size_t key_len, void *buffer, size_t capacity, size_t *len, kv_error *error);

/**
 * Answers whether a live entry is under a key.
 *
 * Returns KV_OK if there is one, KV_NOT_FOUND if not.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_exists(kv_store store, const void *group, size_t group_len, const void *key,
                    size_t key_len, kv_error *error);

/**
 * Writes a value under a key. It lives for the default_ttl the store was opened with, without one
 * for ever; an earlier expiry is cleared.
 *
 * Returns KV_OK; KV_ERR_BUSY if another process holds the file past the time-out; KV_ERR_FULL with
 * os_error 0 if the store may hold no more (max_bytes, max_entries), with that of the operating
 * system if the disk is full. On any error nothing is written.
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
 * Writes a value under a key if a condition holds, with a choice of expiry. `options` may be NULL
 * for an unconditional write as kv_set makes it, `version` if it is not wanted.
 *
 * Returns KV_OK and the version written; KV_CONFLICT and the version the key is at (0: absent) if
 * the condition does not hold, nothing is written then.
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
 * Returns KV_OK if a live entry was there, KV_NOT_FOUND if not.
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
 * Deletes a key and gives the value it had, pinned. Of any number of callers, in any number of
 * processes, exactly one gets it. On any other status `value` is zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND.
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
 * Adds `delta` to the integer under a key and gives the sum. Integers are stored as decimal text. A
 * missing key counts as 0 and lives for `ttl_ms_if_created` milliseconds, as kv_set_ttl takes them;
 * a live one keeps its expiry. `result` may be NULL.
 *
 * Returns KV_OK; KV_ERR_NOT_INTEGER if the value is not an integer or the sum leaves the range of
 * int64_t. On any error nothing is written.
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
 * Appends bytes to the value under a key and gives the new length. A missing key counts as empty
 * and lives for `ttl_ms_if_created` milliseconds, as kv_set_ttl takes them; a live one keeps its
 * expiry. `len` may be NULL.
 *
 * Returns KV_OK; KV_ERR_TOO_LARGE also if the whole would be too long. On any error nothing is
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
 * As a ttl: for ever. It is also what kv_ttl gives of an entry that never expires. As a ttl that
 * goes in, 0 says the same.
 */
#define KV_TTL_NEVER (-1)

/**
 * As a ttl that goes in: none is given. The entry lives for the default_ttl the store was opened
 * with, without one for ever.
 */
#define KV_TTL_DEFAULT INT64_MIN

/** For kv_expire: only if the entry has no expiry. Goes alone. */
#define KV_EXPIRE_NX 1

/** For kv_expire: only if the entry has an expiry. */
#define KV_EXPIRE_XX 2

/** For kv_expire: only if the new expiry is later; no expiry is the latest. */
#define KV_EXPIRE_GT 4

/** For kv_expire: only if the new expiry is earlier; no expiry is the latest. */
#define KV_EXPIRE_LT 8

/**
 * Writes a value under a key for `ttl_ms` milliseconds; 0 and KV_TTL_NEVER are for ever, whatever
 * the store's default_ttl, and KV_TTL_DEFAULT is what kv_set does.
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
 * Gives the milliseconds a key has to live, at least 1, or KV_TTL_NEVER if it never expires.
 *
 * Returns KV_OK; KV_NOT_FOUND.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_ttl(kv_store store, const void *group, size_t group_len, const void *key,
                 size_t key_len, int64_t *ttl_ms, kv_error *error);

/**
 * Lets a key live for `ttl_ms` milliseconds from now; 0 and KV_TTL_NEVER are for ever,
 * KV_TTL_DEFAULT is the store's default_ttl. Its value and version stay. `flags` are 0 or
 * KV_EXPIRE_NX, or KV_EXPIRE_XX and one of KV_EXPIRE_GT and KV_EXPIRE_LT.
 *
 * Returns KV_OK; KV_NOT_FOUND; KV_CONFLICT if the flags do not allow it; KV_ERR_ARGUMENT for a
 * negative ttl or flags that contradict.
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
 * Lets a key live for ever. Its value and version stay.
 *
 * Returns KV_OK; KV_NOT_FOUND.
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
 *   prefix (the key is the prefix)
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
 * exception is a Redis store that was opened with scans=live. The bytes of a kv_entry are borrowed
 * from the cursor until the next call on it. On SQLite an open cursor keeps the write-ahead log
 * from being started over, so close each cursor soon. For paging, pass the last key of a page as
 * the exclusive bound of the next scan.
 *
 * The other calls of this chapter read, count and delete many keys at once.
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

/** For kv_scan: from the last key to the first. */
#define KV_SCAN_REVERSE 1

/** For kv_scan: leave the values out. */
#define KV_SCAN_KEYS_ONLY 2

/**
 * For kv_scan: the pattern is a glob as SQLite's GLOB takes it, not a prefix: `*`, `?` one
 * character, `[a-z]`, `[^x]`, no escape.
 */
#define KV_SCAN_GLOB 4

/**
 * For kv_scan: the pattern is a glob as Redis' KEYS takes it, not a prefix: `*`, `?` one byte,
 * `[a-z]`, `[^x]`, a backslash escapes.
 */
#define KV_SCAN_GLOB_REDIS 8

/** For kv_scan: the key `lower` itself is not visited. */
#define KV_SCAN_LOWER_EXCLUSIVE 16

/** For kv_scan: the key `upper` itself is visited. */
#define KV_SCAN_UPPER_INCLUSIVE 32

/**
 * For kv_scan: the walk is one snapshot or is refused with KV_ERR_UNSUPPORTED. Only a Redis that
 * was opened with scans=live walks otherwise.
 */
#define KV_SCAN_SNAPSHOT 64

/** For kv_scan: leave the values out, but give their sizes, as kv_entry.value_size. */
#define KV_SCAN_SIZES 128

/** What a scan visits. Initialise it with KV_SCAN_OPTIONS_INIT. */
typedef struct kv_scan_options {
  /** sizeof(kv_scan_options). */
  uint32_t size;
  /** KV_SCAN_* together. */
  uint32_t flags;
  /** The prefix that keys begin with, byte for byte, or a glob; NULL for all keys. */
  const void *pattern;
  /** Its length, or KV_NUL. */
  size_t pattern_len;
  /**
   * The lowest key to visit, in byte order, whatever the direction; NULL for no lower end. The last
   * key of a page, with KV_SCAN_LOWER_EXCLUSIVE, begins the next one.
   */
  const void *lower;
  /** Its length, or KV_NUL. */
  size_t lower_len;
  /**
   * The key to stay below, in byte order, whatever the direction; NULL for no upper end. Backwards
   * it is the last key of a page that begins the next one.
   */
  const void *upper;
  /** Its length, or KV_NUL. */
  size_t upper_len;
  /** Visit at most this many entries; 0 for no limit. */
  uint64_t limit;
} kv_scan_options;

/** Initialises a kv_scan_options: the defaults. */
#define KV_SCAN_OPTIONS_INIT { sizeof(kv_scan_options), 0, NULL, 0, NULL, 0, NULL, 0, 0 }

/**
 * A walk over one snapshot. One thread uses it at a time; it may move between threads, and a call
 * that meets another is KV_ERR_BUSY. Until it is closed or has given KV_DONE the log file cannot
 * shrink below what its snapshot needs. If its store is closed while it is at an entry, it keeps
 * the file open, and the entry's bytes where they are, until the next call on it.
 */
typedef struct kv_cursor {
  /** The number of the handle; 0 is no cursor. */
  uint64_t id;
} kv_cursor;

/** An entry a cursor is at. Its bytes are the cursor's and stay until the next call on it. */
typedef struct kv_entry {
  /** The group's name. */
  const uint8_t *group;
  /** Its length. */
  size_t group_len;
  /** The key; empty from kv_groups. */
  const uint8_t *key;
  /** Its length. */
  size_t key_len;
  /** The value; empty from kv_groups and with KV_SCAN_KEYS_ONLY and KV_SCAN_SIZES. */
  const uint8_t *value;
  /** Its length. */
  size_t value_len;
  /** The size of the whole value in bytes; 0 from kv_groups and with KV_SCAN_KEYS_ONLY alone. */
  uint64_t value_size;
  /** The version; 0 from kv_groups. */
  uint64_t version;
  /** When it expires, in milliseconds since 1970, or -1 if it never does. */
  int64_t expires_at_ms;
  /** 0. */
  uint32_t flags;
  /** 0. */
  uint32_t reserved;
} kv_entry;

/**
 * Begins a walk, in key order, over the live entries of a group. It sees one snapshot: the store as
 * it is during this call. `options` may be NULL for all entries.
 *
 * Gives a cursor that kv_cursor_close ends. On failure it is zeroed.
 *
 * Returns KV_OK, also if nothing matches; KV_ERR_ARGUMENT for unknown flags; KV_ERR_MEMORY when
 * 65,536 cursors are open.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_scan(kv_store store, const void *group, size_t group_len,
                  const kv_scan_options *options, kv_cursor *cursor, kv_error *error);

/**
 * Begins a walk, in byte order, over the names of groups that begin with `prefix` and hold a live
 * entry. Each entry has a group and nothing else.
 *
 * Gives a cursor that kv_cursor_close ends. On failure it is zeroed.
 *
 * Returns KV_OK; KV_ERR_MEMORY when 65,536 cursors are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED,
 * KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_groups(kv_store store, const void *prefix, size_t prefix_len, kv_cursor *cursor,
                    kv_error *error);

/**
 * Gives the next entry. Its bytes are borrowed until the next call on this cursor.
 *
 * Returns KV_OK; KV_DONE at the end, again and again; KV_ERR_CLOSED after the store was closed;
 * KV_ERR_BUSY if another thread uses the cursor.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_cursor_next(kv_cursor cursor, kv_entry *entry, kv_error *error);

/**
 * Copies the next entries into `buffer`, as many as fit into `capacity` bytes, in flat form (see
 * "The flat form"); gives the bytes used and the number of entries. With KV_SCAN_SIZES each value
 * is its size, 8 bytes as a u64.
 *
 * Returns KV_OK; KV_DONE at the end; KV_TOO_SMALL if not even one entry fits: then `*used` is the
 * length it needs and the cursor stays before it.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_cursor_fill(kv_cursor cursor, void *buffer, size_t capacity, size_t *used,
                         size_t *count, kv_error *error);

/**
 * Ends a cursor and lets go of its snapshot. It may be ended after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for one that is closed already, zero or not a cursor; KV_ERR_BUSY if
 * another thread uses it.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_cursor_close(kv_cursor cursor, kv_error *error);

/**
 * Copies the entries under many keys, of one moment, into `buffer` in flat form (see "The flat
 * form"): an entry for each key, in the order of the keys. That of a key which is absent or expired
 * has the version 0, the expiry -1 and 0xFFFFFFFF as the length of its value. Gives the bytes used
 * and the number of entries that were found. `buffer` may be NULL if `capacity` is 0.
 *
 * Returns KV_OK, also if none was found; KV_TOO_SMALL if they do not fit into `capacity` bytes:
 * then nothing is copied and `*used` is the length they need now; KV_ERR_ARGUMENT for keys that are
 * not in flat form; KV_ERR_UNSUPPORTED if on a cluster the keys are in several slots.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_get_many(kv_store store, const void *keys, size_t keys_len, void *buffer,
                      size_t capacity, size_t *used, size_t *count, kv_error *error);

/**
 * Gives the number of live entries in a group. Takes time with that number.
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
 * Gives the number of live entries in all groups whose names begin with `prefix`; the empty prefix
 * means all groups. Takes time with that number.
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
 * Deletes all keys of a group and gives how many live entries it held. `removed` may be NULL.
 *
 * Returns KV_OK, also if there was nothing to delete.
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
 * Deletes all keys of a group that begin with `prefix`, byte for byte, and gives how many live
 * entries there were. `removed` may be NULL.
 *
 * Returns KV_OK, also if there was nothing to delete.
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
 * Removes all expired entries now, in small steps between which others write, and gives how many
 * there were. They are invisible anyway; this gives their space back. `removed` may be NULL.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO, KV_ERR_READ_ONLY,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_purge_expired(kv_store store, uint64_t *removed, kv_error *error);

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
 * // Moves a job from one queue to another, and counts it; all of it or nothing.
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
 * A list of steps for one or several stores. One thread uses it at a time; it may move between
 * threads, and a call that meets another is KV_ERR_BUSY.
 */
typedef struct kv_batch {
  /** The number of the handle; 0 is no batch. */
  uint64_t id;
} kv_batch;

/**
 * Makes an empty batch, which kv_batch_close ends. On failure it is zeroed.
 *
 * Returns KV_OK; KV_ERR_MEMORY when 65,536 batches exist.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_new(kv_batch *batch, kv_error *error);

/**
 * Appends a check: the batch is applied only if the key is at `version`; 0 means absent.
 *
 * Returns KV_OK. The bytes are copied.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_check(kv_batch batch, const void *group, size_t group_len, const void *key,
                         size_t key_len, uint64_t version, kv_error *error);

/**
 * Appends a read; kv_batch_result gives the value as the steps before it leave it.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_get(kv_batch batch, const void *group, size_t group_len, const void *key,
                       size_t key_len, kv_error *error);

/**
 * Appends a write. `options` may be NULL; a condition in them is one of the whole batch, and looks
 * at the key as it is before the batch.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_UNSUPPORTED,
 * KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_set(kv_batch batch, const void *group, size_t group_len, const void *key,
                       size_t key_len, const void *value, size_t value_len,
                       const kv_put_options *options, kv_error *error);

/**
 * Appends a delete; its result is KV_OK or KV_NOT_FOUND.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_delete(kv_batch batch, const void *group, size_t group_len, const void *key,
                          size_t key_len, kv_error *error);

/**
 * Appends an increment as kv_increment makes it; its result is the sum as decimal text.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_increment(kv_batch batch, const void *group, size_t group_len, const void *key,
                             size_t key_len, int64_t delta, int64_t ttl_ms_if_created,
                             kv_error *error);

/**
 * Appends a take: a get and a delete in one. Its result is that of kv_batch_get.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_take(kv_batch batch, const void *group, size_t group_len, const void *key,
                        size_t key_len, kv_error *error);

/**
 * Appends bytes to a value as kv_append does; its result is the new length as decimal text.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_append(kv_batch batch, const void *group, size_t group_len, const void *key,
                          size_t key_len, const void *value, size_t value_len,
                          int64_t ttl_ms_if_created, kv_error *error);

/**
 * Appends a change of an expiry as kv_expire makes it; its result is KV_OK, KV_NOT_FOUND or
 * KV_CONFLICT.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_expire(kv_batch batch, const void *group, size_t group_len, const void *key,
                          size_t key_len, int64_t ttl_ms, uint32_t flags, kv_error *error);

/**
 * Appends a delete of every key of a group that begins with `prefix`; the empty prefix is the whole
 * group. Its result is how many live entries it removed, as decimal text.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_delete_prefix(kv_batch batch, const void *group, size_t group_len,
                                 const void *prefix, size_t prefix_len, kv_error *error);

/**
 * Appends all the steps in `buffer`, which is in flat form (see "The flat form"), or none of them
 * if one is malformed.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_TOO_LARGE, KV_ERR_FORKED,
 * KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_add_flat(kv_batch batch, const void *buffer, size_t len, kv_error *error);

/**
 * Applies all steps atomically if every condition holds. The batch keeps its steps, so that it can
 * be committed again. An empty batch is applied at once.
 *
 * Returns KV_OK; KV_CONFLICT if a condition does not hold: nothing is written, and kv_batch_result
 * tells which step it was; KV_ERR_NOT_INTEGER for an increment of a value that is not an integer.
 * On any error nothing is written.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_QUOTA,
 * KV_ERR_FULL, KV_ERR_TOO_LARGE, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_batch_commit(kv_store store, kv_batch batch, kv_error *error);

/**
 * Tells what became of step `index`, counted from 0, of the last commit. `value` may be NULL; if
 * there is a value (of a get or take, or a number as decimal text) it is pinned and kv_value_free
 * gives it back, otherwise it is zeroed but for the version a step wrote.
 *
 * Returns KV_OK; KV_NOT_FOUND for a get, take, delete or expire of a key that was absent;
 * KV_CONFLICT for the step whose condition failed, with the version its key is at, and for an
 * expire that its flags did not allow; KV_ERR_ARGUMENT if there is no such step, the batch was not
 * committed since it was changed, or it was refused and this is another step.
 * Other errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_batch_result(kv_batch batch, size_t index, kv_value *value, kv_error *error);

/**
 * Removes all steps and results.
 *
 * Returns KV_OK.
 * Errors: KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_batch_clear(kv_batch batch, kv_error *error);

/**
 * Ends a batch. What it has committed stays.
 *
 * Returns KV_OK; KV_ERR_HANDLE for one that is closed already, zero or not a batch.
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
 * Reads and writes of one store that are committed together. One thread uses it at a time; it may
 * move between threads, and a call that meets another is KV_ERR_BUSY. After the store was closed
 * its calls are KV_ERR_CLOSED until kv_txn_abort ends it.
 */
typedef struct kv_txn {
  /** The number of the handle; 0 is no transaction. */
  uint64_t id;
} kv_txn;

/**
 * Begins a transaction. It holds no lock and no snapshot, so an abandoned one keeps nobody waiting:
 * it remembers what it reads and keeps what it writes to itself until kv_txn_commit, which applies
 * all of it if everything that was read is still so. Otherwise somebody else was first, and the
 * whole is done again.
 *
 * Gives a handle that kv_txn_commit or kv_txn_abort ends. On failure it is zeroed.
 *
 * Returns KV_OK; KV_ERR_MEMORY when 65,536 transactions are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_txn_begin(kv_store store, kv_txn *txn, kv_error *error);

/**
 * Gives the value under a key as this transaction sees it, pinned: what it has written or deleted
 * itself, else what is stored; asked again, what it was told before. On any other status `value` is
 * zeroed. Of what the transaction has written itself the version is 0, and a ttl counts from now.
 *
 * Two keys may be read on either side of somebody's commit; then this transaction's own commit will
 * be KV_CONFLICT.
 *
 * Returns KV_OK; KV_NOT_FOUND, which is remembered like a value; KV_ERR_CLOSED after the store was
 * closed; KV_ERR_TOO_LARGE if the transaction would hold more than 1 GiB; KV_ERR_BUSY also if
 * another thread uses it.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_get(kv_txn txn, const void *group, size_t group_len, const void *key,
                     size_t key_len, kv_value *value, kv_error *error);

/**
 * Keeps a write for the commit; the bytes are copied. `options` may be NULL. A condition in them is
 * looked at now, in the key as this transaction sees it, and like KV_EXPIRY_KEEP counts as reading
 * the key; what the transaction has written itself is at no version. A ttl counts from the commit.
 *
 * Returns KV_OK; KV_CONFLICT if the condition does not hold: this write is left out, the
 * transaction goes on; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE if the
 * transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses it.
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
 * Keeps a delete for the commit. Counts as reading the key.
 *
 * Returns KV_OK if a live entry is there as this transaction sees it, KV_NOT_FOUND if not: then
 * there is nothing to delete; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE if the
 * transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses it.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_delete(kv_txn txn, const void *group, size_t group_len, const void *key,
                        size_t key_len, kv_error *error);

/**
 * Applies all writes atomically, in their order, if every key that was read is at the version it
 * had then (or still absent). Without writes it tells whether all that was read was there at one
 * moment. KV_OK and KV_CONFLICT end the transaction and its handle; after an error nothing was
 * written and it goes on: commit it again, or end it with kv_txn_abort.
 *
 * Returns KV_OK; KV_CONFLICT if something that was read has changed or expired: nothing is written;
 * KV_ERR_HANDLE for a transaction that has ended; KV_ERR_CLOSED after the store was closed;
 * KV_ERR_BUSY also if another thread uses it.
 * Other errors: KV_ERR_QUOTA, KV_ERR_FULL, KV_ERR_IO, KV_ERR_READ_ONLY, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_POISONED,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_txn_commit(kv_txn txn, kv_error *error);

/**
 * Ends a transaction and forgets what it has written. It may be ended after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for one that has ended already, zero or not a transaction, which
 * does no harm; KV_ERR_BUSY if another thread uses it.
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

/** As kv_event.type: a value was written. */
#define KV_EVENT_SET 1

/** As kv_event.type: a live entry was deleted, or evicted to make room for others. */
#define KV_EVENT_DELETE 2

/** As kv_event.type: all entries of a group were deleted at once; there is no key. */
#define KV_EVENT_DELETE_GROUP 3

/** As kv_event.type: an entry that had expired was purged. */
#define KV_EVENT_EXPIRE 4

/**
 * As kv_event.type: the entries that were there have all been told; `version` is the newest of that
 * moment.
 */
#define KV_EVENT_SYNCED 5

/**
 * As kv_event.type: `lost` events are missing here, because the queue was full or the log of
 * changes was trimmed before they could be read; of the latter all are counted, also those that the
 * watch is not about (0: nobody knows how many). A watch since `version` hears them again, if the
 * log of changes still has them.
 */
#define KV_EVENT_LAGGED 6

/**
 * As kv_event.type: a value was written that is too large to be told; its size is in value_size.
 */
#define KV_EVENT_SET_LARGE 7

/** For kv_watch_open: the group is a prefix of the groups that are meant. */
#define KV_WATCH_GROUP_PREFIX 1

/** For kv_watch_open: all groups are meant, whatever the group is. */
#define KV_WATCH_ANY_GROUP 2

/** For kv_watch_open: the key is a prefix of the keys that are meant. */
#define KV_WATCH_KEY_PREFIX 4

/** For kv_watch_open: all keys are meant, whatever the key is. */
#define KV_WATCH_ANY_KEY 8

/**
 * For kv_watch_open: begin with the entries that are there, each as a KV_EVENT_SET, then a
 * KV_EVENT_SYNCED, then what changes from that moment on.
 */
#define KV_WATCH_EXISTING 16

/**
 * For kv_watch_open: begin with the changes after kv_watch_options.since, which the log of changes
 * must have.
 */
#define KV_WATCH_SINCE 32

/** A change, or a word about changes. Initialise it with KV_EVENT_INIT before it is filled. */
typedef struct kv_event {
  /** sizeof(kv_event). */
  uint32_t size;
  /** One of KV_EVENT_*. */
  int32_t type;
  /** The group's name. */
  const uint8_t *group;
  /** Its length. */
  size_t group_len;
  /** The key; empty but for KV_EVENT_SET, KV_EVENT_DELETE and KV_EVENT_EXPIRE. */
  const uint8_t *key;
  /** Its length. */
  size_t key_len;
  /** The value that was written; empty but for KV_EVENT_SET. */
  const uint8_t *value;
  /** Its length. */
  size_t value_len;
  /** The version of the change: higher for each later one, that of the entry for KV_EVENT_SET. */
  uint64_t version;
  /** When it was committed, in milliseconds since 1970; 0 but for changes. */
  int64_t time_ms;
  /** For KV_EVENT_LAGGED how many events are missing; otherwise 0. */
  uint64_t lost;
  /**
   * The size of the whole value in bytes, also where its bytes are not there; 0 but for
   * KV_EVENT_SET and KV_EVENT_SET_LARGE.
   */
  uint64_t value_size;
} kv_event;

/** Initialises a kv_event: its size and nothing else, to be filled by a call. */
#define KV_EVENT_INIT { sizeof(kv_event), 0, NULL, 0, NULL, 0, NULL, 0, 0, 0, 0, 0 }

/** What a watch hears of. Initialise it with KV_WATCH_OPTIONS_INIT. */
typedef struct kv_watch_options {
  /** sizeof(kv_watch_options). */
  uint32_t size;
  /** KV_WATCH_* together. */
  uint32_t flags;
  /** Changes that the queue has room for: 16 to 16,777,216, or 0 for 1024. */
  uint32_t capacity;
  /** 0. */
  uint32_t reserved;
  /** With KV_WATCH_SINCE: the version after which to begin; otherwise 0. */
  uint64_t since;
} kv_watch_options;

/** Initialises a kv_watch_options: the defaults. */
#define KV_WATCH_OPTIONS_INIT { sizeof(kv_watch_options), 0, 0, 0, 0 }

/**
 * A queue of changes. One thread polls it at a time, may be another each time; a call that meets
 * another is KV_ERR_BUSY. kv_watch_close may come from any thread at any time.
 */
typedef struct kv_watch {
  /** The number of the handle; 0 is no watch. */
  uint64_t id;
} kv_watch;

/** Called with each change. The event and its bytes are borrowed for the length of the call. */
typedef void (*kv_change_fn)(void *user_data, const kv_event *event);

/** Called once with the user data of a callback that nobody will call any more. */
typedef void (*kv_destroy_fn)(void *user_data);

/** A callback that is registered. Any thread may end it at any time. */
typedef struct kv_subscription {
  /** The number of the handle; 0 is no subscription. */
  uint64_t id;
} kv_subscription;

/**
 * Begins to watch a key, or what the flags in `options` make of group and key; `options` may be
 * NULL. Bytes mean themselves: "*" is a key like any other.
 *
 * The watch hears of every change that is committed after this call: KV_EVENT_SET, KV_EVENT_DELETE,
 * KV_EVENT_DELETE_GROUP (also a watch on a single key of the group) and KV_EVENT_EXPIRE when an
 * expired entry is purged, in commit order; those of a batch together. When a write returns, its
 * events are already in the queues. With the log of changes on (changes=on, see kv_open) it hears
 * of all processes' changes, otherwise of this process's.
 *
 * Writers never wait for a watch. When its queue is full, what is newest is dropped, and where it
 * is missing a KV_EVENT_LAGGED says how much and since which version.
 *
 * Gives a watch that kv_watch_close ends. On failure it is zeroed. It does not outlive its store:
 * after kv_close a poll or fill is KV_ERR_CLOSED, and its descriptor is readable.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for unknown or contradicting flags or a capacity out of range;
 * with KV_WATCH_SINCE also KV_ERR_UNSUPPORTED if no log is kept and KV_ERR_COMPACTED, with the
 * oldest version in the message, if it does not reach back that far; KV_ERR_MEMORY when 65,536
 * watches are open.
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
 * Gives the next event, waiting for it for `timeout_ms` milliseconds (0: not at all; negative: for
 * ever). Set event->size to sizeof(kv_event) first. Its bytes are borrowed until the next poll of
 * this watch or its close.
 *
 * Returns KV_OK; KV_TIMEOUT when that time has passed; KV_ERR_CLOSED once the watch or its store is
 * closed, also if that happens during the wait; KV_ERR_BUSY if another thread polls this watch.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_watch_poll(kv_watch watch, int64_t timeout_ms, kv_event *event, kv_error *error);

/**
 * Copies events that are there into `buffer`, as many as fit into `capacity` bytes, in flat form
 * (see "The flat form"); gives the bytes used and the number of events. Does not wait.
 *
 * Returns KV_OK; KV_TIMEOUT if there is none; KV_TOO_SMALL if not even one fits: then `*used` is
 * the length it needs and it stays in the queue; KV_ERR_CLOSED once the watch or its store is
 * closed; KV_ERR_BUSY if another thread polls this watch.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_CORRUPT,
 * KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC,
 * KV_ERR_MEMORY.
 *
 * @since 0.2.0
 */
kv_status kv_watch_fill(kv_watch watch, void *buffer, size_t capacity, size_t *used, size_t *count,
                        kv_error *error);

/**
 * Gives a file descriptor that is readable while there is something to poll, the end of the watch
 * included, for poll, select, epoll and event loops. Read nothing from it. It belongs to the watch,
 * is the same each time, and is closed with it.
 *
 * Returns KV_OK; KV_ERR_IO if there can be no more descriptors.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_watch_fd(kv_watch watch, int32_t *fd, kv_error *error);

/**
 * Ends a watch. A thread that polls it is woken with KV_ERR_CLOSED and waited for. It may be ended
 * after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for one that is closed already, zero or not a watch.
 * Other errors: KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_watch_close(kv_watch watch, kv_error *error);

/**
 * Calls `callback` with every change that this process commits from now on: in the thread that has
 * written, after the commit and before the write returns; for purged entries in whichever thread
 * purges. Several run in the order of their registration, over a list that is fixed when a commit
 * begins to be told; two writing threads may call at the same time.
 *
 * The callback may call the store and register and end callbacks; what it writes is told when the
 * changes before it are through. It may not close the store (KV_ERR_BUSY), and it must return: an
 * exception must not leave it. `destroy`, which may be NULL, is called once with `user_data` when
 * nobody will call the callback any more: after kv_subscription_close or kv_close, in the thread
 * that lets go of it last.
 *
 * Gives a subscription that kv_subscription_close ends. On failure it is zeroed, and `destroy` is
 * not called.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT if `callback` is NULL; KV_ERR_MEMORY when 4,096 callbacks are
 * registered.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_on_change(kv_store store, kv_change_fn callback, void *user_data,
                       kv_destroy_fn destroy, kv_subscription *subscription, kv_error *error);

/**
 * Ends a callback. Another thread that is telling a commit at this moment may still call it; so
 * may, after this returns, the dispatch that this very call is made from. It may be ended after its
 * store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for one that is ended already, zero or not a subscription.
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
 * // Tells of all changes after version `*since`, and moves it to the last of them.
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
 * A walk through the log of changes. One thread uses it at a time; it may move between threads, and
 * a call that meets another is KV_ERR_BUSY. It keeps nothing from being trimmed.
 */
typedef struct kv_change_cursor {
  /** The number of the handle; 0 is no cursor. */
  uint64_t id;
} kv_change_cursor;

/**
 * Begins a walk, in commit order, over the changes after version `since`; 0 for all there ever
 * were. The file must keep a log of changes (changes=on, see kv_open). For those who poll; a watch
 * is told.
 *
 * Gives a cursor that kv_changes_close ends. On failure it is zeroed.
 *
 * Returns KV_OK, also if there is nothing yet; KV_ERR_UNSUPPORTED if no log is kept;
 * KV_ERR_COMPACTED, with the oldest version in the message, if it does not reach back that far;
 * KV_ERR_MEMORY when 65,536 are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_changes(kv_store store, uint64_t since, kv_change_cursor *cursor, kv_error *error);

/**
 * Gives the version since which the log of changes has every change: the least that kv_changes and
 * KV_WATCH_SINCE take.
 *
 * Returns KV_OK; KV_ERR_UNSUPPORTED if no log is kept.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_changes_oldest(kv_store store, uint64_t *since, kv_error *error);

/**
 * Gives the next change. Set event->size to sizeof(kv_event) first. Its bytes are borrowed until
 * the next call on this cursor.
 *
 * Returns KV_OK; KV_DONE when there is none yet; later there may be; KV_ERR_COMPACTED if the next
 * ones were trimmed: the call after that goes on with those that are left; KV_ERR_CLOSED after the
 * store was closed.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_changes_next(kv_change_cursor cursor, kv_event *event, kv_error *error);

/**
 * Copies the next changes into `buffer`, as many as fit into `capacity` bytes, in flat form (see
 * "The flat form"); gives the bytes used and the number of changes.
 *
 * Returns KV_OK; KV_DONE when there is none yet; KV_TOO_SMALL if not even one fits: then `*used` is
 * the length it needs and the cursor stays before it.
 * Errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_COMPACTED,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_changes_fill(kv_change_cursor cursor, void *buffer, size_t capacity, size_t *used,
                          size_t *count, kv_error *error);

/**
 * Ends a cursor over changes. It may be ended after its store.
 *
 * Returns KV_OK; KV_ERR_HANDLE for one that is closed already, zero or not one; KV_ERR_BUSY if
 * another thread uses it.
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
 * // Charges once for a key, however often it is called within a day, and always answers the same.
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

/** From kv_idempotency_begin: run the operation, then complete it with the token. */
#define KV_IDEMPOTENCY_STARTED 1

/** Somebody else is running the operation; ask again later. */
#define KV_IDEMPOTENCY_IN_PROGRESS 2

/** The operation was run; its response is given. */
#define KV_IDEMPOTENCY_COMPLETED 3

/** From kv_idempotency_begin: the key is in use for another request. */
#define KV_IDEMPOTENCY_MISMATCH 4

/**
 * Tells the caller what to do about an operation that must not run twice, such as a payment under
 * the key that its client made up. Of any number of callers, in any number of threads and
 * processes, exactly one is told KV_IDEMPOTENCY_STARTED.
 *
 * `request` identifies what is asked for, usually a hash of the request, at most 1,024 bytes; the
 * same key with another one is KV_IDEMPOTENCY_MISMATCH. Key and request are compared as they are.
 * The record is kept for `ttl_ms` from the moment it starts (0: for ever), completed or not; after
 * that another caller is told to start, and the first can no longer complete. The ttl must be
 * longer than the operation can take.
 *
 * `state` is one of KV_IDEMPOTENCY_*. `token` is that of the caller who starts, else 0. `response`
 * is the response if there is one, pinned: kv_value_free gives it back; otherwise it is zeroed. The
 * records are the entries of the group "kv.idempotency"; leave them to these functions.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl; KV_ERR_TOO_LARGE also for a longer
 * request; KV_ERR_CORRUPT if somebody has written something else into the group.
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
 * Stores the response of an operation that this caller has started; the record keeps its expiry.
 * From then on others are given the response.
 *
 * Returns KV_OK; KV_CONFLICT if the record is not in progress under this token, because it is
 * completed, or another caller has taken over after it had expired: nothing is written;
 * KV_NOT_FOUND if it has expired or was forgotten: nothing is written; KV_ERR_ARGUMENT also for the
 * token 0.
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
 * Gives the state of a record, KV_IDEMPOTENCY_IN_PROGRESS or KV_IDEMPOTENCY_COMPLETED, and its
 * response, pinned, if it has one; otherwise `response` is zeroed.
 *
 * Returns KV_OK; KV_NOT_FOUND if there is no record or it has expired; KV_ERR_CORRUPT if it is not
 * one.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_TOO_LARGE,
 * KV_ERR_IO, KV_ERR_PERMISSION, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE,
 * KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_idempotency_get(kv_store store, const void *key, size_t key_len, int32_t *state,
                             kv_value *response, kv_error *error);

/**
 * Removes a record, so that the operation can be started anew. With the token of the caller who
 * started it, only if it is still in progress under that token: this is how an operation that has
 * failed is given up. With token 0, whatever its state; if it is in progress, another caller can
 * start while the first still runs.
 *
 * Returns KV_OK; KV_NOT_FOUND if there is no record or it has expired; KV_CONFLICT if it is not in
 * progress under this token.
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
 * What a namespace may hold, and what it holds. Filled by kv_quota_get; set `size` to
 * sizeof(kv_quota) first.
 */
typedef struct kv_quota {
  /** sizeof(kv_quota), set by the caller. */
  uint32_t size;
  /** 0. */
  uint32_t reserved;
  /** Live keys it may hold; 0 for no limit. */
  uint64_t max_keys;
  /** Groups with a live key it may hold; 0 for no limit. */
  uint64_t max_groups;
  /** Bytes of groups, keys and values it may hold; 0 for no limit. */
  uint64_t max_bytes;
  /** Keys it holds, expired ones that were not purged yet among them; 0 if nothing is limited. */
  uint64_t keys;
  /** Groups it holds, counted likewise. */
  uint64_t groups;
  /**
   * Bytes it holds, counted likewise: of each entry the group's name as the store has it, the key
   * and the value.
   */
  uint64_t bytes;
} kv_quota;

/** Initialises a kv_quota: its size and nothing else, to be filled by a call. */
#define KV_QUOTA_INIT { sizeof(kv_quota), 0, 0, 0, 0, 0, 0, 0 }

/**
 * Narrows a store to a namespace: a name of 1 to 255 ASCII letters, digits and hyphens.
 *
 * Gives a store of its own, which takes every call of a store and which kv_close ends. Its groups
 * are those whose names begin with the namespace and a colon, under what follows; nothing else can
 * be read, listed, counted, watched, purged or changed through it. It stays open when `store` is
 * closed. On failure it is zeroed. It cannot be copied by kv_backup or set quotas
 * (KV_ERR_UNSUPPORTED); kv_stats_get counts its own entries, and what the engine has done.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for any other name; KV_ERR_MEMORY when 4,096 stores are open.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_scope(kv_store store, const char *name, kv_store *scoped, kv_error *error);

/**
 * Sets what a namespace may hold; 0 is no limit, and without any limit it is not counted.
 *
 * The quota is kept in the store and holds for every handle, thread and process from the next write
 * on, through a scope or by a group's full name. A write that would exceed it is KV_ERR_QUOTA and
 * changes nothing; expired entries make room, updates of a live key count their bytes alone, a
 * batch its net effect. What the namespace holds is counted here, once, and may be more than the
 * limits; then it may shrink, and not grow. Another program that writes the file's tables directly
 * is not counted until the quota is set again.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for a negative limit or what is no namespace; KV_ERR_UNSUPPORTED
 * on a store that is narrowed itself.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE,
 * KV_ERR_POISONED, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_quota_set(kv_store store, const char *name, int64_t max_keys, int64_t max_groups,
                       int64_t max_bytes, kv_error *error);

/**
 * Gives what a namespace may hold and what it holds. Set quota->size to sizeof(kv_quota) first.
 *
 * Returns KV_OK, also if nothing is limited: then all is 0; KV_ERR_ARGUMENT for what is no
 * namespace; KV_ERR_UNSUPPORTED on a store that is narrowed itself.
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
 * Begins a walk over the parts of a value that stand between occurrences of `separator`. Without an
 * occurrence the whole value is the one part, also if it is empty; between two neighbours stands an
 * empty one. An empty separator cuts after each UTF-8 character, and a byte that is part of none is
 * one; an empty value then has no part.
 *
 * Each entry has a part as its value, the group, an empty key, and version and expiry of the whole
 * value, which is read once. Gives a cursor that kv_cursor_close ends. On any other status it is
 * zeroed.
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
 * Begins a walk over the parts of a value that stand between white space, as Unicode defines it. No
 * part is empty, so an empty or blank value has none. Entries and cursor are as those of
 * kv_get_split.
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
 * Gives a template with the values of a group filled in, pinned: kv_value_free gives it back. All
 * values are of one snapshot. On failure `rendered` is zeroed; its version is 0.
 *
 * The language is a part of Jinja's: {{ key }} and {{ group["any key"] }}; {% if %}, {% elif %} and
 * {% else %}; {% for part in key|split(",") %}; comparisons, and, or, not, in; constants and lists
 * of them; a if b else c; {% raw %} and comments. Filters: default, escape (for HTML), int, length,
 * lines, lower, split, tojson, trim, upper. Tests: defined, undefined, startingwith, endingwith.
 * Every variable is a text, and nothing is escaped unless asked for. A template cannot set, call,
 * compute or include anything. Keys called true, false, none or group are group["true"] and so on.
 *
 * A template from a stranger does no harm but show the group: it has at most 256 KiB, the values it
 * mentions 16 MiB together, the text that comes out 16 MiB, and it takes at most 1,048,576 steps,
 * fewer the more than 4 KiB of values there are.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT with the line for a template that is not understood, a key that is
 * absent or expired and has no default, and a value that is not UTF-8; KV_ERR_TOO_LARGE past a
 * limit.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_render(kv_store store, const void *group, size_t group_len, const char *text,
                    kv_value *rendered, kv_error *error);

/**
 * Writes a value, which has to be JSON (RFC 8259), under a key as kv_set does. The bytes are stored
 * as they are, numbers of any length included.
 *
 * Returns KV_OK; KV_ERR_NOT_JSON with line and column if it is not JSON, KV_ERR_TOO_LARGE also if
 * arrays and objects are nested deeper than 512. On any error nothing is written.
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
 * Gives the part of a JSON value that `path` leads to, pinned, byte for byte as it was stored:
 * numbers are text. On any other status `value` is zeroed. Its version and expiry are those of the
 * whole.
 *
 * The path is a JSON pointer (RFC 6901): "" for the whole, without the white space around it, else
 * "/name/0/...", in which ~1 is a slash and ~0 a tilde. Of names that occur twice in an object the
 * last counts.
 *
 * Returns KV_OK; KV_NOT_FOUND if the key is absent or expired or the path leads to nothing;
 * KV_ERR_ARGUMENT for a path of another form; KV_ERR_NOT_JSON with line and column if the value is
 * not JSON, KV_ERR_TOO_LARGE if it is nested deeper than 512.
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
 * As kv_copy_options.existing: entries of the target under a key of the source are replaced, its
 * others stay.
 */
#define KV_COPY_OVERWRITE 0

/**
 * As kv_copy_options.existing: all entries of the target stay; those of the source under their keys
 * are skipped.
 */
#define KV_COPY_KEEP 1

/**
 * As kv_copy_options.existing: the target must be empty when the copy begins. A copy that goes on
 * after a position does not look, and overwrites.
 */
#define KV_COPY_REFUSE 2

/** How a copy is made. Initialise it with KV_COPY_OPTIONS_INIT. */
typedef struct kv_copy_options {
  /** sizeof(kv_copy_options). */
  uint32_t size;
  /** One of KV_COPY_*. */
  uint32_t existing;
  /**
   * Go on after the entry of this group and after_key, as kv_copy_state had them; NULL for the
   * empty group.
   */
  const void *after_group;
  /** Its length, or KV_NUL. */
  size_t after_group_len;
  /** The key of that entry; NULL to begin at the beginning. */
  const void *after_key;
  /** Its length, or KV_NUL. */
  size_t after_key_len;
} kv_copy_options;

/** Initialises a kv_copy_options: the defaults. */
#define KV_COPY_OPTIONS_INIT { sizeof(kv_copy_options), 0, NULL, 0, NULL, 0 }

/**
 * How far a copy has come. One that a kv_copy_progress_fn is given, and the bytes in it, are lent
 * for that call; one that kv_copy fills is initialised with KV_COPY_STATE_INIT and ended by
 * kv_copy_state_free.
 */
typedef struct kv_copy_state {
  /** sizeof(kv_copy_state), set by the caller. */
  uint32_t size;
  /** 0. */
  uint32_t reserved;
  /** Entries written by this call. */
  uint64_t entries;
  /** Bytes of their groups, keys and values. */
  uint64_t bytes;
  /** Entries left alone because their keys were there; only with KV_COPY_KEEP. */
  uint64_t skipped;
  /** Entries that expired on the way. */
  uint64_t expired;
  /**
   * Entries that were seen in the target when they were written, and were gone when their group had
   * been copied: others have deleted them, or a target that evicts. 0 if nobody did.
   */
  uint64_t missing;
  /**
   * Entries of the whole source when the call began, those before the position it began at among
   * them. An estimate: others may write. 0 until something was dealt with.
   */
  uint64_t total;
  /**
   * The group of the last entry that was dealt with. Everything up to that entry is in the target,
   * and a later call goes on after it. NULL if there is none yet: begin at the beginning.
   */
  const uint8_t *group;
  /** Its length. */
  size_t group_len;
  /** The key of that entry; NULL like the group. */
  const uint8_t *key;
  /** Its length. */
  size_t key_len;
  /** Whose the bytes are; 0 for nobody's. */
  uint64_t owner;
} kv_copy_state;

/** Initialises a kv_copy_state: its size and nothing else, to be filled by a call. */
#define KV_COPY_STATE_INIT { sizeof(kv_copy_state), 0, 0, 0, 0, 0, 0, 0, NULL, 0, NULL, 0, 0 }

/**
 * Called after each batch of a copy with how far it has come. Returns 0 to go on; anything else
 * ends the copy with KV_ERR_CANCELLED. It runs in the thread that has called kv_copy, may call both
 * stores, but not close them, and must not throw.
 */
typedef int32_t (*kv_copy_progress_fn)(void *user_data, const kv_copy_state *state);

/**
 * Copies the live entries of `from` into `to`, whatever engines the two are on: values, and the
 * moments they expire at, to the millisecond. Versions are the target's own. Either may be narrowed
 * to a namespace. `options` may be NULL for the defaults, `progress` and `state` may be NULL.
 *
 * The source is read as one snapshot if its engine has snapshots: what is written there meanwhile
 * is not seen. Where it has none, each entry is read at some moment of the copy. Both stores may be
 * used meanwhile by any thread; kv_close of one waits for the copy, which `progress` can end.
 *
 * The target is written in batches of one group, of at most 256 entries and 1 MiB, or one longer
 * entry; each is all or nothing. Where an engine cannot write several keys at once, the entries of
 * a batch are written one by one. After each, `progress` is called with `user_data`. Whatever the
 * copy ends with, the batches before it stay, and a call with after_group and after_key goes on
 * from there. Each batch sees for itself that the target has what it says it has written. When a
 * group has been copied, the target's entries are counted; those that others have removed are in
 * state->missing.
 *
 * Quotas and limits of the target hold, its default_ttl does not. Quotas, options and the log of
 * changes are not copied.
 *
 * `state` says how far the copy has come, also when it fails, and is freed in either case. A call
 * that is refused leaves it zeroed, or at the position it was to go on after. What it held before
 * is not freed.
 *
 * Returns KV_OK; KV_ERR_CANCELLED if `progress` ended it; KV_ERR_ARGUMENT if `from` and `to` are
 * one store, or one is within the other, if KV_COPY_REFUSE finds an entry, for options or a state
 * of a wrong shape, and for an after_group without after_key; KV_ERR_CORRUPT if the target does not
 * have what it says it has written; KV_ERR_TOO_LARGE if the name of a group becomes too long in a
 * namespace.
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
 * Gives back what kv_copy has filled, and zeroes all but the size. NULL, a state without a
 * position, and one that was freed already, through this or a copied structure, are ignored.
 *
 * Threads: any, once.
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
 * processes may use the store meanwhile; only kv_compact makes writers wait. kv_stats_get and
 * kv_check read every entry, so their time grows with the store.
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
 * @endcode
 * @{
 */

/**
 * Figures of a store. Set `size` to sizeof(kv_stats) first; counters begin at 0 when the engine
 * opens, and are shared by all handles on one file.
 */
typedef struct kv_stats {
  /** sizeof(kv_stats), set by the caller. */
  uint32_t size;
  /** 0. */
  uint32_t reserved;
  /** Live entries. */
  uint64_t entries;
  /** Bytes of their groups, keys and values. */
  uint64_t bytes;
  /** Expired entries that await the purge. */
  uint64_t expired_entries;
  /** Reads of one key that found it. */
  uint64_t hits;
  /** Reads of one key that did not. */
  uint64_t misses;
  /** Batches with a write in them that were applied; a single set is one. */
  uint64_t commits;
  /** Transactions these took; fewer than commits when writers shared one. */
  uint64_t transactions;
  /** Expired entries purged. */
  uint64_t expirations;
  /** Bytes of the database file, 0 in memory. */
  uint64_t file_bytes;
  /** Bytes of the write-ahead log, 0 in memory. */
  uint64_t wal_bytes;
  /** Times the log was moved into the file. */
  uint64_t checkpoints;
  /** Read connections open. */
  uint64_t readers;
  /** The version of SQLite in use, ended by a NUL. */
  char sqlite_version[16];
  /** Live entries removed to make room for others. */
  uint64_t evictions;
  /** Bytes that the store may hold, 0 for no limit. */
  uint64_t max_bytes;
  /** Entries that the store may hold, 0 for no limit. */
  uint64_t max_entries;
} kv_stats;

/** Initialises a kv_stats: its size and nothing else, to be filled by a call. */
#define KV_STATS_INIT { sizeof(kv_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", 0, 0, 0 }

/**
 * Called during a backup with the pages copied and all pages. Returns 0 to go on; anything else
 * ends the backup with KV_ERR_CANCELLED. It may call the store, but not close it, and must not
 * throw.
 */
typedef int32_t (*kv_backup_progress_fn)(void *user_data, uint64_t done, uint64_t total);

/**
 * Gives figures of this moment. Looks at every entry, so it takes time with their number.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT if stats->size is not set.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_IO, KV_ERR_PERMISSION,
 * KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_stats_get(kv_store store, kv_stats *stats, kv_error *error);

/**
 * Copies one snapshot of the store, and of whatever else is in its file, into a new file at `path`,
 * which must not exist. Others read and write meanwhile. `progress` may be NULL.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT if the file exists; KV_ERR_UNSUPPORTED in memory; KV_ERR_CANCELLED
 * if `progress` ended it. On any error no file is left.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNAVAILABLE, KV_ERR_FORKED,
 * KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_backup(kv_store store, const char *path, kv_backup_progress_fn progress,
                    void *user_data, kv_error *error);

/**
 * Gives unused space in the file back to the file system. Writers wait until it is done, and it
 * needs the file's size again while it runs.
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
 * Verifies everything in the file. Others read and write meanwhile.
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
 * Returns once every acknowledged write would survive a loss of power.
 *
 * Returns KV_OK; KV_ERR_POISONED if the disk refused.
 * Other errors: KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_BUSY, KV_ERR_FULL, KV_ERR_IO,
 * KV_ERR_READ_ONLY, KV_ERR_PERMISSION, KV_ERR_CORRUPT, KV_ERR_FORMAT, KV_ERR_UNSUPPORTED,
 * KV_ERR_UNAVAILABLE, KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_MEMORY, KV_ERR_CANCELLED,
 * KV_ERR_DEADLINE.
 *
 * @since 0.2.0
 */
kv_status kv_flush(kv_store store, kv_error *error);

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
 * KV_ERR_DEADLINE or KV_ERR_CANCELLED, and has written nothing. From the commit on it runs to its
 * end and returns its result. One bound handle serves one call at a time.
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
 * The function of kv_arm_poll. Returns 0 to go on, anything else to cancel the call. It may run the
 * caller's signal handlers; it must not call the store, and must return: an exception must not
 * leave it.
 */
typedef int32_t (*kv_poll_fn)(void *user_data);

/**
 * Binds a store: gives a handle of the same store whose calls can have a deadline and be cancelled.
 *
 * It takes every call of a store. A cursor or transaction made through it obeys the deadline that
 * the handle has at the time of each call. Waits for locks of others and for the turn to write,
 * scans, counts, purges, checks, backups, copies and calls of a Redis end within about 10 ms with
 * KV_ERR_DEADLINE or KV_ERR_CANCELLED, having written nothing; a call that has begun to commit goes
 * on to its end and returns what came of it. A write that was sent to a Redis, and not answered, is
 * KV_ERR_UNAVAILABLE: whether it was written is not known. busy_timeout is KV_ERR_BUSY and
 * call_timeout KV_ERR_UNAVAILABLE as ever, if they come first. kv_watch_poll has a timeout of its
 * own and obeys no deadline; watches and callbacks made through the handle belong to the store.
 *
 * One handle is for one call at a time: calls of several threads through it end together. It costs
 * next to nothing to keep for the next call. The store may be bound itself, or a scope; a scope of
 * a bound store is not bound.
 *
 * Gives a handle that kv_close ends; that cancels a call which runs through it, and waits for it.
 * Once the store is closed, calls through it are KV_ERR_CLOSED. On failure it is zeroed.
 *
 * Returns KV_OK; KV_ERR_MEMORY when 65,536 are open.
 * Other errors: KV_ERR_ARGUMENT, KV_ERR_HANDLE, KV_ERR_CLOSED, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_bind(kv_store store, kv_store *bound, kv_error *error);

/**
 * Arms a bound handle for its next call, or for several: from now on they have `deadline_ms`
 * milliseconds together, by a clock that nobody sets; -1 is no deadline, 0 one that has passed. An
 * earlier kv_cancel is undone.
 *
 * Gives the number of the arming, never 0, unless `arming` is NULL: a cancel that names it and
 * comes late, when the handle was armed again, does nothing.
 *
 * Returns KV_OK; KV_ERR_ARGUMENT for a deadline below -1, and for a handle that is not bound.
 * Other errors: KV_ERR_HANDLE, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_arm(kv_store bound, int64_t deadline_ms, uint64_t *arming, kv_error *error);

/**
 * Cancels the calls of an arming, those that run and those that come until kv_arm; with 0 instead
 * of a number, those of the newest. Does nothing if the handle was armed again since.
 *
 * Any thread may call it at any time, and so may a signal handler: it takes no lock, allocates
 * nothing and leaves errno alone.
 *
 * Returns KV_OK, also if nothing runs; KV_ERR_ARGUMENT for a handle that is not bound.
 * Other errors: KV_ERR_HANDLE, KV_ERR_FORKED, KV_ERR_PANIC.
 *
 * @since 0.2.0
 */
kv_status kv_cancel(kv_store bound, uint64_t arming, kv_error *error);

/**
 * Has a function called, about every 10 ms, by the thread that calls through a bound handle, while
 * that call waits or works; NULL ends that. It is how an interpreter runs its signal handlers in a
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

/** The library's version: major. */
#define KV_VERSION_MAJOR 0

/** The library's version: minor. */
#define KV_VERSION_MINOR 2

/** The library's version: patch. */
#define KV_VERSION_PATCH 0

/** The library's version as one number: major * 1,000,000 + minor * 1,000 + patch. */
#define KV_VERSION_NUMBER 2000

/**
 * The version of this interface. It changes only when a program compiled for an older one would
 * break.
 */
#define KV_ABI_VERSION 2

/**
 * Gives what a status means, for any number; the string is static. kv_error.message says more.
 *
 * @since 0.2.0
 */
const char *kv_strerror(kv_status status);

/**
 * Gives the version of the library that is loaded, such as "0.2.0"; the string is static.
 *
 * @since 0.2.0
 */
const char *kv_version(void);

/**
 * Gives the version of the library that is loaded, to compare with KV_VERSION_NUMBER.
 *
 * @since 0.2.0
 */
uint32_t kv_version_number(void);

/**
 * Gives the interface of the library that is loaded, to compare with KV_ABI_VERSION.
 *
 * @since 0.2.0
 */
uint32_t kv_abi_version(void);

/** @} */

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* KV_H */
