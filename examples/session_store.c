/*
 * Sessions that end by themselves, and stay ended.
 *
 * A refresh is the dangerous call: it reads a session and writes it back with a new time. If the
 * user logs out in between, a plain set would bring the session back to life. So every write says
 * what it expects: a new session that its key is absent, a refresh that the session is still there,
 * a change that it is still the one that was read. The condition is checked in the transaction that
 * writes, so there is no moment between the two. Expired sessions count as absent at once, whether
 * or not they have been purged.
 */

#define _DEFAULT_SOURCE
#include <kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char GROUP[] = "sessions";

static void fail(const char *what, const kv_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

/* Begins a session; an id that is in use is not taken over. */
static int begin_session(kv_store store, const char *id, const char *user, int64_t ttl_ms)
{
    kv_error error;
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    options.condition = KV_IF_ABSENT;
    options.expiry = KV_EXPIRY_AFTER;
    options.time_ms = ttl_ms;
    kv_status status =
        kv_put(store, GROUP, KV_NUL, id, KV_NUL, user, KV_NUL, &options, NULL, &error);
    if (status < 0) fail("begin session", &error);
    return status == KV_OK;
}

/* Gives a live session more time; its data is neither read nor written back. */
static int refresh_session(kv_store store, const char *id, int64_t ttl_ms)
{
    kv_error error;
    kv_status status = kv_expire(store, GROUP, KV_NUL, id, KV_NUL, ttl_ms, 0, &error);
    if (status < 0) fail("refresh session", &error);
    return status == KV_OK;
}

/* Replaces the data of the session that was read, keeping the time it has left. */
static int change_session(kv_store store, const char *id, uint64_t version, const char *data)
{
    kv_error error;
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    options.condition = KV_IF_VERSION;
    options.version = version;
    options.expiry = KV_EXPIRY_KEEP;
    kv_status status =
        kv_put(store, GROUP, KV_NUL, id, KV_NUL, data, KV_NUL, &options, NULL, &error);
    if (status < 0) fail("change session", &error);
    return status == KV_OK;
}

static int end_session(kv_store store, const char *id)
{
    kv_error error;
    kv_status status = kv_delete(store, GROUP, KV_NUL, id, KV_NUL, &error);
    if (status < 0) fail("end session", &error);
    return status == KV_OK;
}

/* Prints a session and returns its version, 0 if there is none. */
static uint64_t show_session(kv_store store, const char *id)
{
    kv_error error;
    kv_value value;
    kv_status status = kv_get(store, GROUP, KV_NUL, id, KV_NUL, &value, &error);
    if (status < 0) fail("get session", &error);
    if (status == KV_NOT_FOUND) {
        printf("%s: none\n", id);
        return 0;
    }
    printf("%s: %.*s\n", id, (int)value.len, (const char *)value.data);
    uint64_t version = value.version;
    kv_value_free(&value);
    return version;
}

int main(int argc, char **argv)
{
    kv_store store;
    kv_error error;
    if (kv_open(argc > 1 ? argv[1] : "sessions.db", &store, &error) != KV_OK) fail("open", &error);

    printf("begin s1: %s\n", begin_session(store, "s1", "ada", 60000) ? "ok" : "taken");
    printf("begin s1 again: %s\n", begin_session(store, "s1", "mallory", 60000) ? "ok" : "taken");
    uint64_t version = show_session(store, "s1");
    printf("refresh: %s\n", refresh_session(store, "s1", 120000) ? "ok" : "ended");
    printf("change: %s\n", change_session(store, "s1", version, "ada, cart of 3") ? "ok" : "stale");
    printf("change from what was read before: %s\n",
           change_session(store, "s1", version, "ada, cart of 1") ? "ok" : "stale");
    version = show_session(store, "s1");

    /* The user logs out while another request is still at work on the session. */
    printf("end: %s\n", end_session(store, "s1") ? "ok" : "ended already");
    printf("late refresh: %s\n", refresh_session(store, "s1", 120000) ? "ok" : "ended");
    printf("late change: %s\n", change_session(store, "s1", version, "ada") ? "ok" : "stale");
    show_session(store, "s1");

    begin_session(store, "s2", "grace", 20);
    usleep(40000);
    printf("refresh of an expired one: %s\n", refresh_session(store, "s2", 60000) ? "ok" : "ended");
    show_session(store, "s2");
    if (kv_close(store, &error) != KV_OK) fail("close", &error);
    return 0;
}
