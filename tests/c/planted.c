/*
 * Bugs of a caller, planted: each run must be caught by the tool it is meant for, or the tool was
 * not really there.
 */

#define _DEFAULT_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <kv.h>

static kv_store store;
static int shared;

/* Reads a value after it was given back. */
static int freed(void)
{
    kv_value value;
    if (kv_get(store, "g", 1, "k", 1, &value, NULL) != KV_OK) return 2;
    const volatile unsigned char *bytes = value.data;
    kv_delete(store, "g", 1, "k", 1, NULL);
    kv_value_free(&value);
    return bytes[0] == 'v' ? 0 : 3;
}

/* Forgets what it has allocated; all but the last, which is still known. */
static int leaked(void)
{
    static char *volatile last;
    for (int i = 0; i < 100; i++) last = strdup("this is not freed");
    return last == NULL ? 2 : 0;
}

/* Adds one to the largest number. */
static int overflow(void)
{
    volatile int largest = INT_MAX;
    largest = largest + 1;
    return 0;
}

static void *count(void *unused)
{
    for (int i = 0; i < 1000; i++) shared++;
    return unused;
}

/* Counts in two threads without a lock. */
static int race(void)
{
    pthread_t other;
    if (pthread_create(&other, NULL, count, NULL) != 0) return 2;
    count(NULL);
    pthread_join(other, NULL);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2 || kv_open("memory:", &store, NULL) != KV_OK) return 2;
    kv_set(store, "g", 1, "k", 1, "v", 1, NULL);
    int status = 2;
    if (strcmp(argv[1], "freed") == 0) status = freed();
    if (strcmp(argv[1], "leaked") == 0) status = leaked();
    if (strcmp(argv[1], "overflow") == 0) status = overflow();
    if (strcmp(argv[1], "race") == 0) status = race();
    kv_close(store, NULL);
    return status;
}
