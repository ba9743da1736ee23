/*
 * A worker that, however often it dies, does no item twice and leaves none out.
 *
 * It keeps its position beside its results and writes both in one batch, so that either both are
 * there or neither. Position first would skip the item that was at work in a crash; result first
 * would repeat it. The batch checks that the position is still the one that was read, so that a
 * second worker, or one that was thought dead and wakes up late, changes nothing.
 */

#define _DEFAULT_SOURCE
#include <kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ITEMS = 10 };

static void fail(const char *what, const kv_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

/* Reads the number of the next item, and the version at which it was read. */
static int next_item(kv_store store, uint64_t *version)
{
    char text[16] = "0";
    kv_error error;
    kv_value value;
    kv_status status = kv_get(store, "worker", KV_NUL, "position", KV_NUL, &value, &error);
    if (status < 0) fail("read position", &error);
    if (status == KV_OK && value.len < sizeof text) memcpy(text, value.data, value.len);
    *version = value.version; /* 0 if there is none: then there must still be none. */
    kv_value_free(&value);
    return atoi(text);
}

/* Writes a result and the next position, unless the position has moved. */
static int finish_item(kv_store store, int item, uint64_t version)
{
    const char worker[] = "worker", results[] = "results";
    char result[16], next[16];
    kv_batch batch;
    kv_error error;
    snprintf(result, sizeof result, "%d", item * item);
    snprintf(next, sizeof next, "%d", item + 1);
    if (kv_batch_new(&batch, &error) != KV_OK ||
        kv_batch_check(batch, worker, KV_NUL, "position", 8, version, &error) != KV_OK ||
        kv_batch_increment(batch, worker, KV_NUL, "sum", 3, item * item, 0, &error) != KV_OK ||
        kv_batch_set(batch, results, KV_NUL, next, KV_NUL, result, KV_NUL, NULL, &error) != KV_OK ||
        kv_batch_set(batch, worker, KV_NUL, "position", 8, next, KV_NUL, NULL, &error) != KV_OK)
        fail("prepare", &error);
    kv_status status = kv_batch_commit(store, batch, &error);
    if (status < 0 || kv_batch_free(batch, &error) != KV_OK) fail("commit", &error);
    return status == KV_OK;
}

/* Works until the items are done or, to show what a crash does, dies at item `dies_at`. */
static void work(const char *path, int dies_at)
{
    kv_store store;
    kv_error error;
    uint64_t version;
    int item;
    if (kv_open(path, &store, &error) != KV_OK) fail("open", &error);
    printf("a worker begins at item %d\n", next_item(store, &version));
    while ((item = next_item(store, &version)) < ITEMS) {
        if (item == dies_at) {
            printf("it dies at item %d\n", item);
            fflush(stdout);
            _exit(9); /* No close, no flush, as in a crash. */
        }
        if (!finish_item(store, item, version)) printf("item %d was done by another\n", item);
    }
    printf("it has done the rest\n");
    if (kv_close(store, &error) != KV_OK) fail("close", &error);
}

/* Runs a worker in a process of its own; no store is open here, so the child may open one. */
static void work_in_process(const char *path, int dies_at)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        work(path, dies_at);
        exit(0);
    }
    if (child < 0 || waitpid(child, NULL, 0) < 0) exit(1);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "worker.db";
    kv_store store;
    kv_value sum;
    kv_error error;
    uint64_t results, version;
    work_in_process(path, 4);
    work_in_process(path, 7);
    work_in_process(path, -1);

    if (kv_open(path, &store, &error) != KV_OK) fail("open", &error);
    next_item(store, &version);
    printf("a late worker repeats item 4: %s\n",
           finish_item(store, 4, version - 1) ? "written" : "refused");
    if (kv_count(store, "results", KV_NUL, &results, &error) != KV_OK ||
        kv_get(store, "worker", KV_NUL, "sum", KV_NUL, &sum, &error) != KV_OK)
        fail("read results", &error);
    printf("%d results, their sum is %.*s\n", (int)results, (int)sum.len, (const char *)sum.data);
    kv_value_free(&sum);
    if (kv_close(store, &error) != KV_OK) fail("close", &error);
    return 0;
}
