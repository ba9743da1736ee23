/*
 * The parts that all targets share. A target is one file: it defines LLVMFuzzerTestOneInput, which
 * makes calls of kv.h that an input decides, and ends the process if a call breaks its contract.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kv.h>

/* Not every target uses every function here. */
#define MAYBE_UNUSED __attribute__((unused))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The description of the last error. */
static kv_error error;

/* Ends the process: a call has broken its contract. */
#define VIOLATION(...)                                            \
    do {                                                          \
        fprintf(stderr, "%s:%d: violation: ", __FILE__, __LINE__); \
        fprintf(stderr, __VA_ARGS__);                             \
        fprintf(stderr, "\n");                                    \
        abort();                                                  \
    } while (0)

/* A condition that every input must leave true. */
#define HOLDS(condition)                                          \
    do {                                                          \
        if (!(condition)) VIOLATION("%s does not hold", #condition); \
    } while (0)

/* Makes a call with &error, and returns its status if that is one a caller may get. */
#define CALL(call) checked((call), #call)

/* Makes a call that must succeed whatever the input is. */
#define MUST(call)                                                \
    do {                                                          \
        if ((call) != KV_OK) VIOLATION("%s: %s", #call, error.message); \
    } while (0)

/* Bytes that belong to somebody else. */
struct bytes {
    const uint8_t *data;
    size_t len;
};

/* The part of an input that was not read yet. */
struct input {
    const uint8_t *at;
    size_t len;
};

static MAYBE_UNUSED struct bytes take(struct input *input, size_t len)
{
    if (len > input->len) len = input->len;
    struct bytes bytes = {input->at, len};
    input->at += len;
    input->len -= len;
    return bytes;
}

/* A little-endian number; bytes behind the end are 0. */
static MAYBE_UNUSED uint64_t take_number(struct input *input, size_t width)
{
    struct bytes bytes = take(input, width);
    uint64_t number = 0;
    for (size_t i = bytes.len; i > 0; i--) number = number << 8 | bytes.data[i - 1];
    return number;
}

static MAYBE_UNUSED uint8_t take_byte(struct input *input)
{
    return (uint8_t)take_number(input, 1);
}

/* A number of which many inputs make a small one, and some one near a limit. */
static MAYBE_UNUSED int64_t take_edge(struct input *input)
{
    static const int64_t edges[] = {0, 1, -1, INT64_MIN, INT64_MAX, INT64_MAX - 1, UINT32_MAX, 65536};
    uint8_t choice = take_byte(input);
    if (choice < 8) return edges[choice];
    if (choice < 16) return (int64_t)take_number(input, 8);
    return choice - 16;
}

/* A length of one byte, and so many bytes. */
static MAYBE_UNUSED struct bytes take_text(struct input *input)
{
    return take(input, take_byte(input));
}

/* The bytes before the first NUL, or all. */
static MAYBE_UNUSED struct bytes take_until_nul(struct input *input)
{
    const uint8_t *nul = input->len ? memchr(input->at, 0, input->len) : NULL;
    struct bytes bytes = take(input, nul ? (size_t)(nul - input->at) : input->len);
    take(input, 1);
    return bytes;
}

/* A copy that ends with a NUL; the caller frees it. */
static MAYBE_UNUSED char *as_string(struct bytes bytes)
{
    char *text = malloc(bytes.len + 1);
    HOLDS(text != NULL);
    if (bytes.len) memcpy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    return text;
}

static MAYBE_UNUSED bool is_same(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Byte order, in which a shorter one precedes what it is the beginning of. */
static MAYBE_UNUSED int compare(struct bytes a, struct bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The number of bytes of the UTF-8 character at the start, 0 if there is none. */
static MAYBE_UNUSED size_t character_len(const uint8_t *at, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (len == 0) return 0;
    if (at[0] < 0x80) return 1;
    size_t need = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || len < need) return 0;
    uint32_t code = at[0] & (0xFFu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (at[i] & 0x3F);
    }
    bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least[need] || code > 0x10FFFF || is_surrogate ? 0 : need;
}

static MAYBE_UNUSED bool is_utf8(struct bytes text)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = character_len(text.data + at, text.len - at);
        if (len == 0) return false;
        at += len;
    }
    return true;
}

/* The library may never be caught in a bug, and describes each error it reports. */
static MAYBE_UNUSED kv_status checked(kv_status status, const char *call)
{
    if (status < KV_ERR_DEADLINE || status > KV_TOO_SMALL)
        VIOLATION("%s returned the unknown status %d", call, status);
    if (status == KV_ERR_PANIC || status == KV_ERR_POISONED)
        VIOLATION("%s: %s", call, error.message);
    if (status < 0) {
        HOLDS(error.code == status);
        const char *end = memchr(error.message, '\0', sizeof error.message);
        HOLDS(end != NULL && end != error.message);
        HOLDS(is_utf8((struct bytes){(uint8_t *)error.message, (size_t)(end - error.message)}));
    }
    return status;
}

static MAYBE_UNUSED kv_store open_store(const char *location)
{
    kv_store store;
    MUST(kv_open(location, &store, &error));
    return store;
}

/* A new folder, which the runner removes. */
static MAYBE_UNUSED const char *make_folder(void)
{
    static char folder[4096];
    const char *below = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/kv-fuzz-XXXXXX", below ? below : "/tmp");
    HOLDS(mkdtemp(folder) != NULL);
    return folder;
}

static MAYBE_UNUSED void write_file(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(path, "wb");
    HOLDS(file != NULL);
    HOLDS(fwrite(data, 1, len, file) == len);
    HOLDS(fclose(file) == 0);
}

/* Removes all entries of a store. */
static MAYBE_UNUSED void empty_store(kv_store store)
{
    kv_cursor cursor;
    kv_entry entry;
    uint64_t removed;
    MUST(kv_groups(store, NULL, 0, &cursor, &error));
    while (kv_cursor_next(cursor, &entry, &error) == KV_OK)
        MUST(kv_delete_group(store, entry.group, entry.group_len, &removed, &error));
    MUST(kv_cursor_close(cursor, &error));
    MUST(kv_purge_expired(store, &removed, &error));
}

#endif
