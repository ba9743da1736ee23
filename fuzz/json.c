/*
 * kv_set_json and kv_get_json: an input is a JSON pointer, a NUL and a value. A second parser, of a few
 * lines, says which values are JSON; every part that a pointer leads to is JSON and a part of the value.
 */

#define _GNU_SOURCE
#include "fuzz.h"

enum { DEPTH_MAX = 512 };

static void skip_space(struct input *json)
{
    while (json->len && strchr(" \t\r\n", json->at[0]) && json->at[0]) take(json, 1);
}

static bool skip_byte(struct input *json, const char *any)
{
    bool is_there = json->len && json->at[0] && strchr(any, json->at[0]);
    if (is_there) take(json, 1);
    return is_there;
}

static bool skip_digits(struct input *json)
{
    if (!skip_byte(json, "0123456789")) return false;
    while (skip_byte(json, "0123456789")) {}
    return true;
}

static bool skip_number(struct input *json)
{
    skip_byte(json, "-");
    if (!skip_byte(json, "0") && !skip_digits(json)) return false;
    if (skip_byte(json, ".") && !skip_digits(json)) return false;
    if (!skip_byte(json, "eE")) return true;
    skip_byte(json, "+-");
    return skip_digits(json);
}

/* The four digits of a \u; -1 if there are none. */
static long take_code(struct input *json)
{
    char digits[5] = {0};
    for (int i = 0; i < 4; i++) {
        digits[i] = (char)take_byte(json);
        if (digits[i] == '\0' || !strchr("0123456789abcdefABCDEF", digits[i])) return -1;
    }
    return strtol(digits, NULL, 16);
}

/* Half of a surrogate pair is part of a string: RFC 8259 leaves it to the reader. */
static bool skip_escape(struct input *json)
{
    if (skip_byte(json, "\"\\/bfnrt")) return true;
    return skip_byte(json, "u") && take_code(json) >= 0;
}

static bool skip_string(struct input *json)
{
    if (!skip_byte(json, "\"")) return false;
    while (json->len) {
        uint8_t byte = take_byte(json);
        if (byte == '"') return true;
        if (byte < 0x20 || (byte == '\\' && !skip_escape(json))) return false;
    }
    return false;
}

static bool skip_word(struct input *json, const char *word)
{
    size_t len = strlen(word);
    return json->len >= len && memcmp(take(json, len).data, word, len) == 0;
}

/* A value, and in `deepest` how deep it is nested. */
static bool skip_value(struct input *json, int depth, int *deepest)
{
    if (depth > *deepest) *deepest = depth;
    skip_space(json);
    if (json->len == 0 || depth > 100000) return false;
    uint8_t first = json->at[0];
    if (first == '"') return skip_string(json);
    if (first == 't') return skip_word(json, "true");
    if (first == 'f') return skip_word(json, "false");
    if (first == 'n') return skip_word(json, "null");
    if (first != '{' && first != '[') return skip_number(json);
    take(json, 1);
    if (depth + 1 > *deepest) *deepest = depth + 1;
    skip_space(json);
    const char *end = first == '{' ? "}" : "]";
    if (skip_byte(json, end)) return true;
    do {
        skip_space(json);
        if (first == '{') {
            if (!skip_string(json)) return false;
            skip_space(json);
            if (!skip_byte(json, ":")) return false;
        }
        if (!skip_value(json, depth + 1, deepest)) return false;
        skip_space(json);
    } while (skip_byte(json, ","));
    return skip_byte(json, end);
}

/* The status of a write of a value. */
static kv_status expected(struct bytes value)
{
    struct input json = {value.data, value.len};
    int deepest = 0;
    if (!is_utf8(value) || !skip_value(&json, 0, &deepest)) return KV_ERR_NOT_JSON;
    skip_space(&json);
    if (json.len > 0) return KV_ERR_NOT_JSON;
    return deepest > DEPTH_MAX ? KV_ERR_TOO_LARGE : KV_OK;
}

static void check_part(kv_store store, struct bytes whole, const char *pointer)
{
    kv_value part;
    kv_status status = CALL(kv_get_json(store, "g", 1, "k", 1, pointer, &part, &error));
    if (status != KV_OK) {
        HOLDS(status == KV_NOT_FOUND || status == KV_ERR_ARGUMENT);
        return;
    }
    HOLDS(memmem(whole.data, whole.len, part.data, part.len) != NULL);
    HOLDS(expected((struct bytes){part.data, part.len}) == KV_OK);
    HOLDS(!strchr(" \t\r\n", part.data[0]) && !strchr(" \t\r\n", part.data[part.len - 1]));
    kv_value_free(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static kv_store store;
    if (store.id == 0) store = open_store("memory:?purge_interval=0");
    struct input input = {data, len};
    char *pointer = as_string(take_until_nul(&input));
    struct bytes value = take(&input, input.len);
    kv_status status = CALL(kv_set_json(store, "g", 1, "k", 1, value.data, value.len, &error));
    if (status != expected(value))
        VIOLATION("%d for %.*s", status, (int)value.len, (const char *)value.data);
    if (status == KV_OK) {
        check_part(store, value, "");
        check_part(store, value, pointer);
    }
    /* Any bytes may be stored; a read of a part says what they are. */
    kv_value part;
    MUST(kv_set(store, "g", 1, "k", 1, value.data, value.len, &error));
    kv_status again = CALL(kv_get_json(store, "g", 1, "k", 1, "", &part, &error));
    HOLDS(again == status);
    kv_value_free(&part);
    free(pointer);
    return 0;
}
