/*
 * The parts that the examples of the header share. A program is called in an empty directory; it ends with 0 if
 * all went as its example says, and otherwise says what did not.
 */

#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Something holds, or the program ends. */
#define EXPECT(condition)                                                              \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                   \
        }                                                                              \
    } while (0)

/* A call returns a status, or the program ends with the message of its error. */
#define EXPECT_STATUS(wanted, call)                                                    \
    do {                                                                               \
        kv_error error = {0, 0, "no error"};                                           \
        kv_status status = (call);                                                     \
        if (status != (wanted)) {                                                      \
            fprintf(stderr, "%s:%d: %s is \"%s\": %s\n", __FILE__, __LINE__, #call,    \
                    kv_strerror(status), error.message);                               \
            exit(1);                                                                   \
        }                                                                              \
    } while (0)

/* A call succeeds, or the program ends. */
#define EXPECT_OK(call) EXPECT_STATUS(KV_OK, call)

/* Opens a store. */
static inline kv_store open_store(const char *location)
{
    kv_store store;
    EXPECT_OK(kv_open(location, &store, &error));
    return store;
}

/* A key of a group holds a text. */
static inline void expect_text(kv_store store, const char *group, const char *key, const char *text)
{
    kv_value value;
    EXPECT_OK(kv_get(store, group, KV_NUL, key, KV_NUL, &value, &error));
    EXPECT(value.len == strlen(text) && memcmp(value.data, text, value.len) == 0);
    kv_value_free(&value);
}

#endif
