/*
 * A configuration of features that several programs read and change.
 *
 * A change passes the version of the feature that it has read, and its write is refused if another
 * program has written the feature since; then the program reads again and repeats the change. No
 * lock is held meanwhile, and no change is lost. A reload reads all flags with one scan, which is
 * one snapshot: a release that changes two flags in one batch is seen whole or not at all.
 */

#include <kv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRITERS = 2, STEPS = 25 };

static kv_store store;

static void fail(const char *what, const kv_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

static void reload(void)
{
    kv_cursor cursor;
    kv_entry flag;
    kv_error error;
    kv_status status;
    if (kv_scan(store, "flags", KV_NUL, NULL, &cursor, &error) != KV_OK) fail("scan", &error);
    while ((status = kv_cursor_next(cursor, &flag, &error)) == KV_OK)
        printf("  %.*s = %.*s\n", (int)flag.key_len, (const char *)flag.key, (int)flag.value_len,
               (const char *)flag.value);
    if (status < 0 || kv_cursor_close(cursor, &error) != KV_OK) fail("list", &error);
}

/* Raises the percentage of a rollout by one, also while other programs raise it. */
static void raise_rollout(const char *flag)
{
    kv_error error;
    kv_put_options unchanged = KV_PUT_OPTIONS_INIT;
    unchanged.condition = KV_IF_VERSION;
    for (;;) {
        char text[16] = "0";
        kv_value value;
        kv_status status = kv_get(store, "flags", KV_NUL, flag, KV_NUL, &value, &error);
        if (status < 0) fail("read flag", &error);
        if (status == KV_OK && value.len < sizeof text) memcpy(text, value.data, value.len);
        /* 0 for an absent flag: then it must still be absent. */
        unchanged.version = value.version;
        kv_value_free(&value);
        snprintf(text, sizeof text, "%d%%", atoi(text) + 1);
        status = kv_put(store, "flags", KV_NUL, flag, KV_NUL, text, KV_NUL, &unchanged, NULL,
                        &error);
        if (status < 0) fail("write flag", &error);
        if (status == KV_OK) return;
    }
}

static void *write_many(void *flag)
{
    for (int i = 0; i < STEPS; i++) raise_rollout(flag);
    return NULL;
}

/* A release: two flags that must change together. */
static void release(void)
{
    const char group[] = "flags";
    kv_batch batch;
    kv_error error;
    if (kv_batch_new(&batch, &error) != KV_OK ||
        kv_batch_set(batch, group, KV_NUL, "checkout", 8, "new", 3, NULL, &error) != KV_OK ||
        kv_batch_set(batch, group, KV_NUL, "payment", 7, "new", 3, NULL, &error) != KV_OK ||
        kv_batch_commit(store, batch, &error) != KV_OK || kv_batch_close(batch, &error) != KV_OK)
        fail("release", &error);
}

int main(int argc, char **argv)
{
    const char *const flags[][2] = {{"checkout", "old"}, {"dark mode", "on"}, {"payment", "old"}};
    char search[] = "search rollout";
    kv_error error;
    pthread_t writers[WRITERS];
    if (kv_open(argc > 1 ? argv[1] : "flags.db", &store, &error) != KV_OK) fail("open", &error);
    for (size_t i = 0; i < 3; i++)
        if (kv_set(store, "flags", KV_NUL, flags[i][0], KV_NUL, flags[i][1], KV_NUL, &error) !=
            KV_OK)
            fail("set flag", &error);
    printf("at first:\n");
    reload();

    for (int i = 0; i < WRITERS; i++)
        if (pthread_create(&writers[i], NULL, write_many, search) != 0) return 1;
    for (int i = 0; i < WRITERS; i++) pthread_join(writers[i], NULL);
    release();
    printf("after %d writers with %d steps each, and a release:\n", WRITERS, STEPS);
    reload();
    if (kv_close(store, &error) != KV_OK) fail("close", &error);
    return 0;
}
