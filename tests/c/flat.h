/* Steps of a batch in flat form, as the head of kv.h describes it. */

#ifndef FLAT_H
#define FLAT_H

#include <stdint.h>
#include <string.h>

enum flat_step {
    FLAT_CHECK = 1,
    FLAT_GET,
    FLAT_SET,
    FLAT_DELETE,
    FLAT_TAKE,
    FLAT_INCREMENT,
    FLAT_APPEND,
    FLAT_EXPIRE,
    FLAT_DELETE_PREFIX,
    FLAT_DELETE_ALL
};

enum { FLAT_STEP_HEADER = 44, FLAT_ENTRY_HEADER = 28 };

struct flat {
    unsigned char bytes[4096];
    size_t len;
};

/* The fields of a step besides its group, key and value. */
struct flat_fields {
    uint32_t flags;
    uint64_t version;
    int64_t time_ms;
    int64_t delta;
};

static inline void flat_number(struct flat *flat, uint64_t number, size_t width)
{
    for (size_t i = 0; i < width; i++) flat->bytes[flat->len++] = (unsigned char)(number >> 8 * i);
}

static inline void flat_text(struct flat *flat, const char *text)
{
    memcpy(flat->bytes + flat->len, text, strlen(text));
    flat->len += strlen(text);
}

static inline void flat_step(struct flat *flat, uint32_t step, struct flat_fields fields,
                             const char *group, const char *key, const char *value)
{
    flat_number(flat, step, 4);
    flat_number(flat, fields.flags, 4);
    flat_number(flat, fields.version, 8);
    flat_number(flat, (uint64_t)fields.time_ms, 8);
    flat_number(flat, (uint64_t)fields.delta, 8);
    flat_number(flat, strlen(group), 4);
    flat_number(flat, strlen(key), 4);
    flat_number(flat, strlen(value), 4);
    flat_text(flat, group);
    flat_text(flat, key);
    flat_text(flat, value);
}

static inline uint64_t flat_read(const unsigned char *bytes, size_t width)
{
    uint64_t number = 0;
    for (size_t i = width; i > 0; i--) number = number << 8 | bytes[i - 1];
    return number;
}

#endif
