/*
 * A one-time password that works once, and cannot be guessed.
 *
 * If the code were taken before it is compared, any wrong guess would remove it. So a guess is
 * counted first, then the code is read with its version and compared, and only a right guess
 * deletes it, at the version that was compared. Of any number of threads and processes with the
 * right code, the delete succeeds for one; for the others the code is used. Counting is one atomic
 * call, so parallel guesses cannot pass the limit. The counter belongs to the code: a new code sets
 * both in one batch.
 */

#include <kv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUESSES_MAX = 5, TTL_MS = 300000, THREADS = 2 };

static const char CODES[] = "otp", GUESSES[] = "otp guesses";
static kv_store store;

static void fail(const char *what, const kv_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

static void issue(const char *user, const char *code)
{
    kv_batch batch;
    kv_error error;
    kv_put_options expiring = KV_PUT_OPTIONS_INIT;
    expiring.expiry = KV_EXPIRY_AFTER;
    expiring.time_ms = TTL_MS;
    if (kv_batch_new(&batch, &error) != KV_OK ||
        kv_batch_set(batch, CODES, KV_NUL, user, KV_NUL, code, KV_NUL, &expiring, &error) !=
            KV_OK ||
        kv_batch_delete(batch, GUESSES, KV_NUL, user, KV_NUL, &error) != KV_OK ||
        kv_batch_commit(store, batch, &error) != KV_OK || kv_batch_close(batch, &error) != KV_OK)
        fail("issue", &error);
}

/* Takes the same time wherever the first difference is; only the length can be measured. */
static int equal(const uint8_t *code, size_t code_len, const char *guess)
{
    if (code_len != strlen(guess)) return 0;
    volatile unsigned char difference = 0;
    for (size_t i = 0; i < code_len; i++) difference |= code[i] ^ (unsigned char)guess[i];
    return difference == 0;
}

static const char *verify(const char *user, const char *guess)
{
    kv_error error;
    kv_value code;
    int64_t guesses;
    if (kv_increment(store, GUESSES, KV_NUL, user, KV_NUL, 1, TTL_MS, &guesses, &error) != KV_OK)
        fail("count guess", &error);
    if (guesses > GUESSES_MAX) return "too many guesses";

    kv_status status = kv_get(store, CODES, KV_NUL, user, KV_NUL, &code, &error);
    if (status < 0) fail("get code", &error);
    if (status == KV_NOT_FOUND) return "no code";
    int right = equal(code.data, code.len, guess);
    uint64_t version = code.version;
    kv_value_free(&code);
    if (!right) return "wrong";

    /* Absent: the code was used. At another version: a new code was issued meanwhile. */
    status = kv_delete_version(store, CODES, KV_NUL, user, KV_NUL, version, &error);
    if (status < 0) fail("use code", &error);
    return status == KV_OK ? "welcome" : "used already";
}

static void *verify_in_thread(void *welcome)
{
    *(int *)welcome = strcmp(verify("ada", "246810"), "welcome") == 0;
    return NULL;
}

int main(int argc, char **argv)
{
    kv_error error;
    if (kv_open(argc > 1 ? argv[1] : "otp.db", &store, &error) != KV_OK) fail("open", &error);

    issue("ada", "123456");
    printf("wrong guess: %s\n", verify("ada", "000000"));
    printf("too short a guess: %s\n", verify("ada", "1234"));
    printf("right guess: %s\n", verify("ada", "123456"));
    printf("the same again: %s\n", verify("ada", "123456"));

    int welcomes[THREADS] = {0}, both = 0;
    pthread_t threads[THREADS];
    for (int round = 0; round < 50; round++) {
        issue("ada", "246810");
        for (int i = 0; i < THREADS; i++)
            if (pthread_create(&threads[i], NULL, verify_in_thread, &welcomes[i]) != 0) return 1;
        for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
        both += welcomes[0] + welcomes[1];
    }
    printf("50 codes, each tried by two threads at once: %d welcomes\n", both);

    issue("grace", "999999");
    for (int i = 0; i < GUESSES_MAX; i++) verify("grace", "111111");
    printf("right, but after %d wrong ones: %s\n", GUESSES_MAX, verify("grace", "999999"));
    issue("grace", "777777");
    printf("with a new code: %s\n", verify("grace", "777777"));
    if (kv_close(store, &error) != KV_OK) fail("close", &error);
    return 0;
}
