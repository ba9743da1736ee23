/*
 * Sessions that expire, stay ended, and are found by user.
 *
 * Beside the group of all sessions, each user has a group with the ids of the user's sessions: an
 * index. To list or end them costs as much as one user has, however many sessions there are. A
 * session and its index entry are written together, with one ttl: neither exists alone.
 *
 * A refresh reads a session and writes it back; if the user logs out in between, a plain write
 * would restore the session. A transaction commits only if the entries that it has read are
 * unchanged; otherwise the program repeats it.
 */

#define _DEFAULT_SOURCE
#include <kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OTHERS = 500, HOUR_MS = 3600000 };

static kv_store store;
static kv_error error;

/* Returns an outcome; a failure ends the program. */
static kv_status must(kv_status status)
{
    if (status >= 0) return status;
    fprintf(stderr, "%s\n", error.message);
    exit(1);
}

/* The group of a user's ids. A name that is cut would be that of another user. */
static const char *index_of(const char *user)
{
    static char group[128];
    if (snprintf(group, sizeof group, "sessions of %s", user) >= (int)sizeof group) exit(2);
    return group;
}

/* Begins a session; an id that is in use is not taken over. */
static const char *begin_session(const char *id, const char *user, int64_t ttl_ms)
{
    kv_batch batch;
    kv_put_options new = KV_PUT_OPTIONS_INIT;
    new.condition = KV_IF_ABSENT;
    new.expiry = KV_EXPIRY_AFTER;
    new.time_ms = ttl_ms;
    must(kv_batch_new(&batch, &error));
    must(kv_batch_set(batch, "sessions", KV_NUL, id, KV_NUL, user, KV_NUL, &new, &error));
    must(kv_batch_set(batch, index_of(user), KV_NUL, id, KV_NUL, "", 0, &new, &error));
    kv_status status = must(kv_batch_commit(store, batch, &error));
    must(kv_batch_close(batch, &error));
    return status == KV_OK ? "ok" : "taken";
}

/* Sets the ttl of a live session to `ttl_ms`, or ends the session if that is 0. */
static const char *extend_session(const char *id, int64_t ttl_ms)
{
    kv_status status;
    kv_put_options longer = KV_PUT_OPTIONS_INIT;
    longer.expiry = KV_EXPIRY_AFTER;
    longer.time_ms = ttl_ms;
    do {
        kv_txn txn;
        kv_value data;
        must(kv_txn_begin(store, &txn, &error));
        status = must(kv_txn_get(txn, "sessions", KV_NUL, id, KV_NUL, &data, &error));
        if (status == KV_NOT_FOUND) {
            must(kv_txn_abort(txn, &error));
            return "ended already";
        }
        char user[128];
        snprintf(user, sizeof user, "%.*s", (int)data.len, (const char *)data.data);
        kv_value_free(&data);
        if (ttl_ms == 0) {
            must(kv_txn_delete(txn, "sessions", KV_NUL, id, KV_NUL, &error));
            must(kv_txn_delete(txn, index_of(user), KV_NUL, id, KV_NUL, &error));
        } else {
            must(kv_txn_set(txn, "sessions", KV_NUL, id, KV_NUL, user, KV_NUL, &longer, &error));
            must(kv_txn_set(txn, index_of(user), KV_NUL, id, KV_NUL, "", 0, &longer, &error));
        }
        status = must(kv_txn_commit(txn, &error));
    } while (status == KV_CONFLICT);
    return "ok";
}

/* Prints the sessions of a user; with `end` also ends them, all at once. */
static void list_sessions(const char *user, int end)
{
    kv_cursor cursor;
    kv_entry entry;
    kv_batch batch;
    must(kv_batch_new(&batch, &error));
    must(kv_scan(store, index_of(user), KV_NUL, NULL, &cursor, &error));
    printf("%s %s:", end ? "logged out everywhere," : "sessions of", user);
    while (must(kv_cursor_next(cursor, &entry, &error)) == KV_OK) {
        printf(" %.*s", (int)entry.key_len, (const char *)entry.key);
        must(kv_batch_delete(batch, "sessions", KV_NUL, entry.key, entry.key_len, &error));
        must(kv_batch_delete(batch, index_of(user), KV_NUL, entry.key, entry.key_len, &error));
    }
    printf("\n");
    if (end) must(kv_batch_commit(store, batch, &error));
    must(kv_cursor_close(cursor, &error));
    must(kv_batch_close(batch, &error));
}

int main(int argc, char **argv)
{
    uint64_t count;
    must(kv_open(argc > 1 ? argv[1] : "sessions.db", &store, &error));
    for (int i = 0; i < OTHERS; i++) {
        char id[16], user[32];
        snprintf(id, sizeof id, "o%d", i);
        snprintf(user, sizeof user, "user %d", i);
        begin_session(id, user, HOUR_MS);
    }
    printf("begin phone: %s\n", begin_session("phone", "ada", HOUR_MS));
    printf("begin laptop: %s\n", begin_session("laptop", "ada", HOUR_MS));
    printf("begin phone, of another: %s\n", begin_session("phone", "mallory", HOUR_MS));
    printf("begin kiosk, for a moment: %s\n", begin_session("kiosk", "ada", 20));
    while (kv_exists(store, "sessions", KV_NUL, "kiosk", KV_NUL, &error) == KV_OK) usleep(1000);
    printf("refresh kiosk: %s\n", extend_session("kiosk", HOUR_MS));
    printf("refresh phone: %s\n", extend_session("phone", 2 * HOUR_MS));
    list_sessions("ada", 0);

    printf("begin tablet: %s\n", begin_session("tablet", "ada", HOUR_MS));
    printf("end laptop: %s\n", extend_session("laptop", 0));
    printf("late refresh of laptop: %s\n", extend_session("laptop", HOUR_MS));
    list_sessions("ada", 1);
    printf("late refresh of phone: %s\n", extend_session("phone", HOUR_MS));
    list_sessions("ada", 0);
    must(kv_count(store, "sessions", KV_NUL, &count, &error));
    printf("the %d others: %d\n", OTHERS, (int)count);
    must(kv_close(store, &error));
    return 0;
}
