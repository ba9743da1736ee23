#include "example.h"

/* In the header: */
static uint32_t u32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// Prints the keys of `count` entries in flat form.
static void print_keys(const unsigned char *at, size_t count)
{
    while (count-- > 0) {
        uint32_t group_len = u32(at + 16), key_len = u32(at + 20), value_len = u32(at + 24);
        printf("%.*s\n", (int)key_len, (const char *)at + 28 + group_len);
        at += 28 + group_len + key_len + value_len;
    }
}
/* Until here. */

static void expect_keys(kv_store store)
{
    kv_cursor cursor;
    unsigned char buffer[1024];
    size_t used = 0, count = 0;
    EXPECT_OK(kv_scan(store, "fruit", KV_NUL, NULL, &cursor, &error));
    EXPECT_OK(kv_cursor_fill(cursor, buffer, sizeof buffer, &used, &count, &error));
    EXPECT(count == 2);
    print_keys(buffer, count);
    EXPECT(u32(buffer + 16) == 5 && memcmp(buffer + 28, "fruitapple", 10) == 0);
    EXPECT_OK(kv_cursor_close(cursor, &error));
}

int main(void)
{
    kv_store store = open_store("memory:");
    EXPECT_OK(kv_set(store, "fruit", KV_NUL, "apple", KV_NUL, "red", KV_NUL, &error));
    EXPECT_OK(kv_set(store, "fruit", KV_NUL, "plum", KV_NUL, "blue", KV_NUL, &error));
    expect_keys(store);
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
