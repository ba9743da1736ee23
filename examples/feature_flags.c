/*
 * Feature flags that are read without a call, and are current shortly after they were switched.
 *
 * A thread watches the group of the flags. The watch returns the existing flags and then each
 * change after their snapshot, and the thread keeps a table for the rest of the program. No thread
 * polls, and no change falls between the reading and the watching. If the thread was too slow and
 * missed some changes, the watch reports it and the thread begins again; until then it keeps the
 * old table.
 *
 * With changes=on in the location, another process may switch the flags as well.
 */

#include <kv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKOUT, PAYMENT, DARK_MODE, FLAGS };
static const char *const names[FLAGS] = {"checkout", "payment", "dark mode"};

static kv_store store;
static uint32_t flags; /* A bit for each that is on. */

/* The newest change that `flags` has, for threads that wait for one. */
static uint64_t seen;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;

/* Returns an outcome; a failure ends the program. */
static kv_status must(kv_status status, const kv_error *error)
{
    if (status >= 0) return status;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static int is_on(int flag)
{
    return (__atomic_load_n(&flags, __ATOMIC_ACQUIRE) >> flag) & 1;
}

static void publish(uint32_t table, uint64_t version)
{
    __atomic_store_n(&flags, table, __ATOMIC_RELEASE);
    pthread_mutex_lock(&lock);
    seen = version;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
}

static uint32_t applied(uint32_t table, const kv_event *event)
{
    if (event->type == KV_EVENT_DELETE_GROUP) return 0;
    for (int i = 0; i < FLAGS; i++) {
        if (event->key_len != strlen(names[i]) || memcmp(event->key, names[i], event->key_len) != 0)
            continue;
        int on = event->type == KV_EVENT_SET && event->value_len == 2 &&
                 memcmp(event->value, "on", 2) == 0;
        table = on ? table | 1u << i : table & ~(1u << i);
    }
    return table;
}

/* Follows the flags until the store is closed. */
static void *follow(void *unused)
{
    kv_watch watch;
    kv_error error, closing;
    kv_status status;
    kv_watch_options all = KV_WATCH_OPTIONS_INIT;
    all.flags = KV_WATCH_ANY_KEY | KV_WATCH_EXISTING;
    do {
        kv_event event = KV_EVENT_INIT;
        uint32_t table = 0;
        int synced = 0;
        status = kv_watch_open(store, "flags", KV_NUL, NULL, 0, &all, &watch, &error);
        if (status == KV_ERR_HANDLE || status == KV_ERR_CLOSED) return unused;
        must(status, &error);
        while ((status = kv_watch_poll(watch, -1, &event, &error)) == KV_OK &&
               event.type != KV_EVENT_LAGGED) {
            synced |= event.type == KV_EVENT_SYNCED;
            if (event.type != KV_EVENT_SYNCED) table = applied(table, &event);
            if (synced) publish(table, event.version);
        }
        must(kv_watch_close(watch, &closing), &closing);
    } while (status == KV_OK);
    if (status != KV_ERR_CLOSED) must(status, &error);
    return unused;
}

/* Switches a flag, and waits until this program has received the change. */
static void switch_flag(int flag, const char *value)
{
    kv_error error;
    uint64_t version;
    must(kv_put(store, "flags", KV_NUL, names[flag], KV_NUL, value, KV_NUL, NULL, &version, &error),
         &error);
    pthread_mutex_lock(&lock);
    while (seen < version) pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
    printf("%s %s: checkout %d, payment %d, dark mode %d\n", names[flag], value, is_on(CHECKOUT),
           is_on(PAYMENT), is_on(DARK_MODE));
}

int main(int argc, char **argv)
{
    pthread_t follower;
    kv_error error;
    must(kv_open(argc > 1 ? argv[1] : "flags.db", &store, &error), &error);
    must(kv_set(store, "flags", KV_NUL, "payment", KV_NUL, "on", KV_NUL, &error), &error);
    if (pthread_create(&follower, NULL, follow, NULL) != 0) return 1;
    switch_flag(CHECKOUT, "on");
    switch_flag(DARK_MODE, "on");
    switch_flag(PAYMENT, "off");
    switch_flag(CHECKOUT, "off");
    must(kv_close(store, &error), &error); /* Wakes the thread, which ends. */
    return pthread_join(follower, NULL);
}
