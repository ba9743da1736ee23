/* Makes one call of the library many times, for run.sh to count its instructions.
 *
 *   calls NAME COUNT DIRECTORY
 */
#include <kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 1000, HOT = 8, SCANNED = 100, NAME_LEN = 17, VALUE_LEN = 100 };

static kv_store store;
static kv_error error;
static char value[VALUE_LEN];
static char room[1 << 16];

/* Ends the program unless a call has succeeded. */
static void must(kv_status status)
{
    if (status < 0) {
        fprintf(stderr, "status %d: %s\n", status, error.message);
        exit(1);
    }
}

/* The names are written before, so that a call is all that is counted. */
static char names[KEYS][NAME_LEN + 1];

static void write_names(void)
{
    for (int number = 0; number < KEYS; number++) sprintf(names[number], "key%014d", number);
}

/* Returns a value that differs from the one before. */
static const char *changed(int number)
{
    memcpy(value, &number, sizeof number);
    return value;
}

static void set(int number)
{
    const char *name = names[number % KEYS];
    must(kv_set(store, "g", 1, name, NAME_LEN, changed(number), VALUE_LEN, &error));
}

static void get_into(int number)
{
    const char *name = names[number % HOT];
    size_t found;
    must(kv_get_into(store, "g", 1, name, NAME_LEN, room, sizeof room, &found, &error));
}

static void get(int number)
{
    kv_value found;
    must(kv_get(store, "g", 1, names[number % HOT], NAME_LEN, &found, &error));
    kv_value_free(&found);
}

static void get_absent(int number)
{
    kv_value found;
    must(kv_get(store, "absent", 6, names[number % HOT], NAME_LEN, &found, &error));
}

static void increment(int number)
{
    int64_t sum;
    (void)number;
    must(kv_increment(store, "g", 1, "counter", 7, 1, KV_TTL_NEVER, &sum, &error));
}

static void batch(int number)
{
    kv_batch steps;
    must(kv_batch_new(&steps, &error));
    for (int i = 0; i < SCANNED; i++) {
        const char *name = names[i];
        must(kv_batch_set(steps, "g", 1, name, NAME_LEN, changed(number), VALUE_LEN, NULL, &error));
    }
    must(kv_batch_commit(store, steps, &error));
    must(kv_batch_close(steps, &error));
}

static void scan(int number)
{
    kv_scan_options options = KV_SCAN_OPTIONS_INIT;
    kv_cursor cursor;
    size_t used, count;
    (void)number;
    options.limit = SCANNED;
    must(kv_scan(store, "g", 1, &options, &cursor, &error));
    must(kv_cursor_fill(cursor, room, sizeof room, &used, &count, &error));
    must(kv_cursor_close(cursor, &error));
}

/* A call, and the store on which it is made. */
static const struct call {
    const char *name, *location;
    void (*make)(int number);
} CALLS[] = {
    {"memory-get-into", "memory:", get_into},
    {"memory-set", "memory:", set},
    {"file-get-into-cached", "sqlite:%s/kv.db?purge_interval=0", get_into},
    {"file-get-cached", "sqlite:%s/kv.db?purge_interval=0", get},
    {"file-get-absent-cached", "sqlite:%s/kv.db?purge_interval=0", get_absent},
    {"file-get-into", "sqlite:%s/kv.db?purge_interval=0&entry_cache=0", get_into},
    {"file-set", "sqlite:%s/kv.db?purge_interval=0", set},
    {"file-increment", "sqlite:%s/kv.db?purge_interval=0", increment},
    {"file-batch-of-100", "sqlite:%s/kv.db?purge_interval=0", batch},
    {"file-scan-of-100", "sqlite:%s/kv.db?purge_interval=0", scan},
};

int main(int count, char **words)
{
    if (count != 4) return 2;
    write_names();
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
        if (strcmp(CALLS[i].name, words[1]) != 0) continue;
        char location[4096];
        snprintf(location, sizeof location, CALLS[i].location, words[3]);
        must(kv_open(location, &store, &error));
        for (int number = 0; number < KEYS; number++) set(number);
        increment(0);
        for (int number = 0; number < atoi(words[2]); number++) CALLS[i].make(number);
        must(kv_close(store, &error));
        return 0;
    }
    fprintf(stderr, "no such call: %s\n", words[1]);
    return 2;
}
