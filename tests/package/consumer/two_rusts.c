/*
 * A program with a second Rust library in it. Each has a Rust runtime of its own: a panic that the
 * second one raises and catches must not meet the first one's.
 */
#include <kv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The second library: the sum of 1 to n, made on a thread; and 1 if a panic was caught. */
uint64_t other_sum(uint64_t n);
int32_t other_catches_a_panic(void);

int main(void) {
    kv_store store;
    kv_error error;
    char value[8];
    size_t len;

    if (kv_open("memory:", &store, &error) != KV_OK || other_sum(100) != 5050 ||
        other_catches_a_panic() != 1 ||
        kv_set(store, NULL, 0, "k", 1, "value", 5, &error) != KV_OK ||
        kv_get_into(store, NULL, 0, "k", 1, value, sizeof value, &len, &error) != KV_OK ||
        len != 5 || memcmp(value, "value", 5) != 0 || kv_close(store, &error) != KV_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("sum=%llu\n", (unsigned long long)other_sum(100));
    return 0;
}
