/* Handles, bytes and structures of every kind, for calls.c. */

#ifndef CALLS_H
#define CALLS_H

#include <sys/mman.h>

#include "fuzz.h"

enum kind {
    A_STORE, A_CURSOR, A_BATCH, A_TRANSACTION, A_WATCH, A_SUBSCRIPTION, A_CHANGES, A_WRITER, A_READER, KINDS
};
enum { HANDLES_MAX = 48, STEPS_MAX = 200, VALUES = 8 };

/* A handle that a call has returned. */
struct handle {
    enum kind kind;
    uint64_t id;
    bool is_open;
};

static char calls_location[5000];
static struct handle handles[HANDLES_MAX], *taken[KINDS];
static size_t handles_len;
/* Whether the handle of a kind that was taken last is one that no call may accept. */
static bool is_bad[KINDS];
static int subscribed, ended;

/* A call on a bad handle fails. */
#define USE_IF(kind, call)                                                          \
    do {                                                                            \
        is_bad[A_STORE] = (kind) == A_STORE ? is_bad[A_STORE] : false;              \
        kv_status status = CALL(call);                                              \
        if ((is_bad[kind] || is_bad[A_STORE]) && status >= 0)                       \
            VIOLATION("%s accepted a handle that is not open", #call);              \
    } while (0)

/* A call on a store. */
#define USE(call)                                                                   \
    do {                                                                            \
        is_bad[A_STORE] = false;                                                    \
        USE_IF(A_STORE, call);                                                      \
    } while (0)

/* A call after which the handle is closed, if it succeeds or is a conflict. */
#define END(kind, call)                                                             \
    do {                                                                            \
        kv_status status = CALL(call);                                              \
        if (status >= 0 && is_bad[kind])                                            \
            VIOLATION("%s accepted a handle that is not open", #call);              \
        if (status >= 0 && taken[kind]) taken[kind]->is_open = false;               \
    } while (0)

/* Bytes that a call has to refuse, or has to read exactly. */
struct odd {
    const void *data;
    size_t len;
    void *owned;
};

static struct odd take_odd(struct input *input)
{
    static const size_t lens[] = {(size_t)1 << 31, (size_t)1 << 40, SIZE_MAX / 2, SIZE_MAX - 1};
    static void *unreadable;
    uint8_t choice = take_byte(input);
    if (choice >= 250) return (struct odd){NULL, 0, NULL};
    if (choice >= 240) return (struct odd){NULL, take_byte(input), NULL};
    if (choice >= 230) {
        if (!unreadable) unreadable = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return (struct odd){unreadable, lens[choice % 4], NULL};
    }
    struct bytes bytes = take(input, choice % 60);
    char *text = as_string(bytes);
    if (choice >= 180) return (struct odd){text, KV_NUL, text};
    /* Without a NUL behind it, for a tool that knows the size of an allocation. */
    char *exact = realloc(text, bytes.len ? bytes.len : 1);
    return (struct odd){exact, bytes.len, exact};
}

static void free_odd(struct odd *odd)
{
    free(odd->owned);
}

/* A structure of its size or another, which it begins with, filled from the input; or NULL. */
static void *take_structure(struct input *input, size_t size)
{
    uint8_t choice = take_byte(input);
    if (choice < 32) return NULL;
    uint32_t stated = (uint32_t)(choice < 160 ? size : take_byte(input));
    uint8_t *structure = calloc(1, stated < 4 ? 4 : stated);
    HOLDS(structure != NULL);
    memcpy(structure, &stated, 4);
    struct bytes bytes = choice & 1 ? take(input, take_byte(input) % 32) : (struct bytes){NULL, 0};
    for (size_t i = 0; i < bytes.len && 4 + i < stated; i++) structure[4 + i] = bytes.data[i];
    return structure;
}

/* Options without a pointer. */
static kv_scan_options *plain_scan(kv_scan_options *options)
{
    size_t fixed = offsetof(kv_scan_options, pattern);
    if (options && options->size > fixed) memset((char *)options + fixed, 0, options->size - fixed);
    return options;
}

/* A queue of millions takes memory and shows no more than a small one. */
static kv_watch_options *small_watch(kv_watch_options *options)
{
    if (options && options->size >= 12 && options->capacity > 4096 && options->capacity < 1 << 25)
        options->capacity = 4096;
    return options;
}

static void count_change(void *user_data, const kv_event *event)
{
    HOLDS(user_data == NULL && event->size == sizeof *event);
}

static void count_end(void *user_data)
{
    (void)user_data;
    ended++;
}

static int32_t go_on(void *user_data)
{
    (void)user_data;
    return 0;
}

static kv_status end_handle(enum kind kind, uint64_t id)
{
    switch (kind) {
    case A_STORE: return CALL(kv_close((kv_store){id}, &error));
    case A_CURSOR: return CALL(kv_cursor_close((kv_cursor){id}, &error));
    case A_BATCH: return CALL(kv_batch_close((kv_batch){id}, &error));
    case A_TRANSACTION: return CALL(kv_txn_abort((kv_txn){id}, &error));
    case A_WATCH: return CALL(kv_watch_close((kv_watch){id}, &error));
    case A_SUBSCRIPTION: return CALL(kv_subscription_close((kv_subscription){id}, &error));
    case A_WRITER: return CALL(kv_writer_abort((kv_writer){id}, &error));
    case A_READER: return CALL(kv_reader_close((kv_reader){id}, &error));
    default: return CALL(kv_changes_close((kv_change_cursor){id}, &error));
    }
}

static void add_handle(enum kind kind, uint64_t id)
{
    if (id == 0) return;
    if (kind == A_SUBSCRIPTION) subscribed++;
    for (size_t i = 0; i < handles_len; i++) HOLDS(!handles[i].is_open || handles[i].id != id);
    if (handles_len < HANDLES_MAX) handles[handles_len++] = (struct handle){kind, id, true};
    else HOLDS(end_handle(kind, id) == KV_OK);
}

/* A handle: mostly an open or closed one of its kind, else one of another, or a forged one. */
static uint64_t take_handle(struct input *input, enum kind kind)
{
    uint8_t choice = take_byte(input);
    struct handle *of_kind[HANDLES_MAX];
    size_t len = 0;
    taken[kind] = NULL;
    is_bad[kind] = false;
    for (size_t i = 0; i < handles_len; i++)
        if (handles[i].kind == kind) of_kind[len++] = &handles[i];
    if (choice >= 240 || handles_len == 0) {
        is_bad[kind] = choice < 244;
        if (choice < 244) return 0;
        /* One bit of it may be all that two open handles differ in. */
        uint64_t bit = (uint64_t)1 << take_byte(input) % 64;
        return handles_len ? handles[choice % handles_len].id ^ bit : take_number(input, 8);
    }
    taken[kind] = choice < 200 && len ? of_kind[choice % len] : &handles[choice % handles_len];
    is_bad[kind] = taken[kind]->kind != kind || !taken[kind]->is_open;
    return taken[kind]->id;
}

/* Pinned values: their bytes stay the same until they are freed, and once more has no effect. */
static struct {
    kv_value value;
    uint64_t sum;
    bool is_summed;
} values[VALUES];

static uint64_t sum_of(const kv_value *value)
{
    uint64_t sum = value->len;
    for (size_t i = 0; i < value->len; i++) sum = sum * 31 + value->data[i];
    return sum;
}

static void sum_values(void)
{
    for (int i = 0; i < VALUES; i++) {
        if (!values[i].is_summed) values[i].sum = sum_of(&values[i].value);
        values[i].is_summed = true;
    }
}

static kv_value *new_value(void)
{
    static unsigned turn;
    unsigned at = turn++ % VALUES;
    kv_value copy = values[at].value;
    if (values[at].is_summed) HOLDS(sum_of(&copy) == values[at].sum);
    kv_value_free(&values[at].value);
    kv_value_free(&copy);
    memset(&values[at], 0, sizeof values[at]);
    return &values[at].value;
}

/* Ends everything, stores last, each once; a callback ends with its store at the latest. */
static void end_all(void)
{
    for (int i = 0; i < VALUES; i++) new_value();
    for (int is_store = 0; is_store < 2; is_store++) {
        for (size_t i = 0; i < handles_len; i++) {
            if (!handles[i].is_open || (handles[i].kind == A_STORE) != is_store) continue;
            kv_status status = end_handle(handles[i].kind, handles[i].id);
            if (status != KV_OK) VIOLATION("a handle of kind %d ends with %d", handles[i].kind, status);
            HOLDS(end_handle(handles[i].kind, handles[i].id) == KV_ERR_HANDLE);
        }
    }
    if (subscribed != ended) VIOLATION("%d callbacks, %d of which have ended", subscribed, ended);
    handles_len = 0;
    subscribed = ended = 0;
}

#endif
