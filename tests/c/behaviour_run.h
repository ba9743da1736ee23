/*
 * A run of a behaviour case: its stores, transactions, watches, readers, writers and saved
 * versions by name, and what the call at hand has returned, in flat form.
 */

#ifndef BEHAVIOUR_RUN_H
#define BEHAVIOUR_RUN_H

#include "behaviour_lines.h"

enum { NAMED_MAX = 16, RETURNED_MAX = 8, LIST_MAX = 64 };

enum kind { STORE, TXN, WATCH, READER, WRITER, SAVED };

struct named {
    enum kind kind;
    const char *name;
    uint64_t number;
};

/* A call with its lists. */
struct call {
    struct line line;
    struct line parts[LIST_MAX]; /* steps, keys or entries: the arguments that are lists */
    int part_count;
    char *wanted[LIST_MAX]; /* the elements of the list that is expected */
    int wanted_count;
};

static char base[4200]; /* the location, without options */
static struct named named[NAMED_MAX];
static int named_count;

static struct {
    kv_status status;
    const char *names[RETURNED_MAX];
    char *texts[RETURNED_MAX];
    int count;
    char *list[LIST_MAX];
    int list_count;
} returned;

static void give(const char *name, char *text)
{
    if (returned.count == RETURNED_MAX) end_with(BROKEN, "a call returns too much");
    returned.names[returned.count] = name;
    returned.texts[returned.count++] = text;
}

static void give_number(const char *name, int64_t number) { give(name, textf("%" PRId64, number)); }

static void give_version(uint64_t version) { give("version", textf("%" PRIu64, version)); }

static void give_time(const char *name, int64_t ms)
{
    give(name, ms == KV_TTL_NEVER ? textf("never") : textf("%" PRId64, ms));
}

static void give_element(char *text)
{
    if (returned.list_count == LIST_MAX) end_with(BROKEN, "a list is too long");
    returned.list[returned.list_count++] = text;
}

static void name_number(enum kind kind, const char *name, uint64_t number)
{
    if (named_count == NAMED_MAX) end_with(BROKEN, "a case has too many names");
    named[named_count++] = (struct named){kind, textf("%s", name), number};
}

/* The newest of that name. */
static uint64_t number_named(enum kind kind, const char *name)
{
    for (int i = named_count - 1; i >= 0; i--)
        if (named[i].kind == kind && strcmp(named[i].name, name) == 0) return named[i].number;
    end_with(BROKEN, "nothing is named %s", name);
}

static kv_store store_of(struct line *line)
{
    const char *name = find_text(line, "store");
    return (kv_store){number_named(STORE, name == NULL ? "main" : name)};
}

static kv_txn txn_of(struct line *line)
{
    return (kv_txn){number_named(TXN, text_of(line, "txn"))};
}

/* A version or token: a number, or the name of a saved one. */
static uint64_t version_of_text(const char *text)
{
    if (text[0] >= '0' && text[0] <= '9') return (uint64_t)number_of_text(text);
    return number_named(SAVED, text);
}

static uint64_t version_of(struct line *line, const char *name)
{
    return version_of_text(text_of(line, name));
}

static void save_as_asked(struct line *line, kv_status status, uint64_t number)
{
    const char *name = find_text(line, "save");
    if (name != NULL && status == KV_OK) name_number(SAVED, name, number);
}

static int64_t ttl_of(struct line *line)
{
    const char *text = find_text(line, "ttl");
    if (text == NULL) return KV_TTL_DEFAULT;
    return strcmp(text, "never") == 0 ? KV_TTL_NEVER : number_of_text(text);
}

static kv_status open_as(const char *name, const char *options)
{
    kv_store opened;
    const char *location = *options == '\0' ? base : textf("%s?%s", base, options);
    kv_status status = kv_open(location, &opened, &error);
    if (status == KV_OK) name_number(STORE, name, opened.id);
    return status;
}

/* Begins a run on an engine, at a place of its own. */
static void begin_run(const char *engine)
{
    static int runs;
    named_count = 0;
    if (strcmp(engine, "memory") == 0) snprintf(base, sizeof base, "memory:");
    else snprintf(base, sizeof base, "%s:%s/behaviour-%d.db", engine, check_directory, ++runs);
}

/* Ends what a run has left open. */
static void end_run(void)
{
    for (int i = named_count - 1; i >= 0; i--) {
        switch (named[i].kind) {
        case STORE: kv_close((kv_store){named[i].number}, NULL); break;
        case TXN: kv_txn_abort((kv_txn){named[i].number}, NULL); break;
        case WATCH: kv_watch_close((kv_watch){named[i].number}, NULL); break;
        case READER: kv_reader_close((kv_reader){named[i].number}, NULL); break;
        case WRITER: kv_writer_abort((kv_writer){named[i].number}, NULL); break;
        case SAVED: break;
        }
    }
    named_count = 0;
    release_all();
}

/* Names of statuses, by the numbers of the header. */
static const struct {
    kv_status status;
    const char *name;
} statuses[] = {
    {KV_OK, "ok"},
    {KV_NOT_FOUND, "not_found"},
    {KV_CONFLICT, "conflict"},
    {KV_DONE, "done"},
    {KV_TIMEOUT, "timeout"},
    {KV_TOO_SMALL, "too_small"},
    {KV_ERR_ARGUMENT, "argument"},
    {KV_ERR_HANDLE, "handle"},
    {KV_ERR_CLOSED, "closed"},
    {KV_ERR_BUSY, "busy"},
    {KV_ERR_QUOTA, "quota"},
    {KV_ERR_FULL, "full"},
    {KV_ERR_TOO_LARGE, "too_large"},
    {KV_ERR_NOT_INTEGER, "not_integer"},
    {KV_ERR_NOT_JSON, "not_json"},
    {KV_ERR_IO, "io"},
    {KV_ERR_READ_ONLY, "read_only"},
    {KV_ERR_UNSUPPORTED, "unsupported"},
    {KV_ERR_COMPACTED, "compacted"},
};

static const char *status_name(kv_status status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status) return statuses[i].name;
    return kv_strerror(status);
}

#endif
