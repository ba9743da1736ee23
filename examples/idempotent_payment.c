/*
 * A payment that is made once, however often it is requested.
 *
 * The client chooses a key for its request and sends it with the request and with each retry. Of
 * all callers with that key one starts: it makes the payment and stores the response. The others
 * return that response, whether they call while the payment runs or a day later. Another request
 * under the same key is refused. A payment that has failed is given up, so that a retry can start
 * it again; if the process of a payment ends, its record expires by its ttl.
 */

#define _DEFAULT_SOURCE
#include <kv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DAY_MS = 86400000, CALLERS = 2 };

static kv_store store;
static pthread_barrier_t start;
static int charges;
static int limit = 100;

/* Returns an outcome; a failure ends the program. */
static kv_status must(kv_status status, const kv_error *error)
{
    if (status >= 0) return status;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

/* The payment, which must not happen twice; the bank refuses amounts over the limit. */
static int charge(int amount)
{
    if (amount > limit) return 0;
    usleep(2000);
    return __atomic_add_fetch(&charges, 1, __ATOMIC_RELAXED);
}

/* Pays, or returns the response of the payment that was made under this key. */
static void pay(const char *key, int amount, char *answer, size_t room)
{
    char request[32];
    kv_error error;
    snprintf(request, sizeof request, "amount=%d", amount);
    for (;;) {
        int32_t state;
        uint64_t token;
        kv_value stored;
        must(kv_idempotency_begin(store, key, KV_NUL, request, KV_NUL, DAY_MS, &state, &token,
                                  &stored, &error), &error);
        if (state == KV_IDEMPOTENCY_IN_PROGRESS) {
            usleep(1000); /* A server would reply "409, try again" instead. */
            continue;
        }
        if (state == KV_IDEMPOTENCY_COMPLETED) {
            snprintf(answer, room, "%.*s", (int)stored.len, (const char *)stored.data);
            kv_value_free(&stored);
        } else if (state == KV_IDEMPOTENCY_MISMATCH) {
            snprintf(answer, room, "refused: the key belongs to another payment");
        } else {
            int receipt = charge(amount);
            if (receipt != 0) {
                snprintf(answer, room, "paid %d, receipt %d", amount, receipt);
                /* Too late after more than a day: then another caller may have paid, too. */
                must(kv_idempotency_complete(store, key, KV_NUL, token, answer, KV_NUL, &error),
                     &error);
            } else {
                snprintf(answer, room, "declined");
                must(kv_idempotency_forget(store, key, KV_NUL, token, &error), &error);
            }
        }
        return;
    }
}

static void *pay_at_once(void *answer)
{
    pthread_barrier_wait(&start);
    pay("order 2", 70, answer, 64);
    return NULL;
}

static void show(const char *what, const char *key, int amount)
{
    char answer[64];
    pay(key, amount, answer, sizeof answer);
    printf("%s: %s\n", what, answer);
}

int main(int argc, char **argv)
{
    char answers[CALLERS][64];
    pthread_t callers[CALLERS];
    kv_error error;
    must(kv_open(argc > 1 ? argv[1] : "payments.db", &store, &error), &error);
    show("order 1", "order 1", 30);
    show("its retry", "order 1", 30);
    show("its key for more", "order 1", 31);

    pthread_barrier_init(&start, NULL, CALLERS);
    for (int i = 0; i < CALLERS; i++)
        if (pthread_create(&callers[i], NULL, pay_at_once, answers[i]) != 0) return 1;
    for (int i = 0; i < CALLERS; i++) pthread_join(callers[i], NULL);
    for (int i = 0; i < CALLERS; i++) printf("order 2, caller %d: %s\n", i + 1, answers[i]);

    show("order 3", "order 3", 500);
    limit = 1000;
    show("its retry under a higher limit", "order 3", 500);
    show("one more", "order 3", 500);
    printf("%d charges for 3 orders\n", charges);
    must(kv_close(store, &error), &error);
    return 0;
}
