/*
 * At most LIMIT calls in each window, however many threads and processes ask.
 *
 * One increment does all of it: it counts, it begins a window by setting the ttl of an absent key,
 * and it keeps the expiry of a running window. Reading, comparing and writing back would lose
 * counts; a ttl that is set in a second call would leave a counter that never expires if the
 * process ends between the two. The sum that the increment returns is the caller's own number in
 * the window, so exactly the first LIMIT callers are allowed.
 */

#include <kv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 100, WINDOW_MS = 60000, THREADS = 8, CALLS = 50 };

static kv_store store;

static void fail(const char *what, const kv_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

static int is_allowed(const char *client)
{
    kv_error error;
    int64_t number;
    if (kv_increment(store, "rate", KV_NUL, client, KV_NUL, 1, WINDOW_MS, &number, &error) != KV_OK)
        fail("count", &error);
    return number <= LIMIT;
}

static void *ask(void *allowed)
{
    for (int i = 0; i < CALLS; i++) *(int *)allowed += is_allowed("client 1");
    return NULL;
}

int main(int argc, char **argv)
{
    kv_error error;
    kv_value value;
    int64_t ttl_ms;
    pthread_t threads[THREADS];
    int allowed[THREADS] = {0}, sum = 0;
    if (kv_open(argc > 1 ? argv[1] : "rate.db", &store, &error) != KV_OK) fail("open", &error);

    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, ask, &allowed[i]) != 0) return 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += allowed[i];
    }
    printf("%d threads made %d calls each: %d allowed\n", THREADS, CALLS, sum);

    if (kv_get(store, "rate", KV_NUL, "client 1", KV_NUL, &value, &error) != KV_OK ||
        kv_ttl(store, "rate", KV_NUL, "client 1", KV_NUL, &ttl_ms, &error) != KV_OK)
        fail("read the window", &error);
    printf("counted: %.*s\n", (int)value.len, (const char *)value.data);
    printf("the window ends by itself: %s\n", ttl_ms > 0 && ttl_ms <= WINDOW_MS ? "yes" : "no");
    kv_value_free(&value);
    printf("another client: %s\n", is_allowed("client 2") ? "allowed" : "refused");
    if (kv_close(store, &error) != KV_OK) fail("close", &error);
    return 0;
}
