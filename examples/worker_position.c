/*
 * Workers that do no item twice and skip none, however many there are and however often they crash.
 *
 * The position, the results and the sum are written in one transaction. Position first would skip
 * the item that was in work at a crash; result first would repeat it. The transaction is refused if
 * the position is not the one that was read: of two workers at one item one writes, and a worker
 * that was replaced and continues late changes nothing. The effects of an item outside of the store
 * may happen again after a crash; idempotent_payment.c shows how to prevent that.
 */

#define _DEFAULT_SOURCE
#include <kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ITEMS = 100 };

static kv_error error;

/* Returns an outcome; a failure ends the program. */
static kv_status must(kv_status status)
{
    if (status >= 0) return status;
    fprintf(stderr, "%s\n", error.message);
    exit(1);
}

/* Reads a number, on which the commit of the transaction then depends; 0 if there is none. */
static int read_number(kv_txn txn, const char *name)
{
    char text[16] = "0";
    kv_value value;
    if (must(kv_txn_get(txn, "worker", KV_NUL, name, KV_NUL, &value, &error)) == KV_OK)
        snprintf(text, sizeof text, "%.*s", (int)value.len, (const char *)value.data);
    kv_value_free(&value);
    return atoi(text);
}

static void write_number(kv_txn txn, const char *group, const char *name, int number)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    must(kv_txn_set(txn, group, KV_NUL, name, KV_NUL, text, KV_NUL, NULL, &error));
}

/* Does an item and commits the result with the next position; 0 if another worker has done it. */
static int finish_item(kv_txn txn, int item)
{
    char name[16];
    snprintf(name, sizeof name, "%d", item);
    write_number(txn, "results", name, item * item);
    write_number(txn, "worker", "sum", read_number(txn, "sum") + item * item);
    write_number(txn, "worker", "position", item + 1);
    return must(kv_txn_commit(txn, &error)) == KV_OK;
}

/* Works until the items are done, or crashes at item `crashes_at` to show the effect. */
static void work(const char *path, int crashes_at)
{
    kv_store store;
    kv_txn txn;
    must(kv_open(path, &store, &error));
    for (;;) {
        must(kv_txn_begin(store, &txn, &error));
        int item = read_number(txn, "position");
        if (item == crashes_at) _exit(9); /* No close, no flush, as in a crash. */
        if (item == ITEMS) break;
        finish_item(txn, item);
    }
    must(kv_txn_abort(txn, &error));
    must(kv_close(store, &error));
}

/* Runs workers in processes of their own; no store is open here, so they may open one. */
static void work_in_processes(int workers, const char *path, int crashes_at)
{
    fflush(stdout);
    for (int i = 0; i < workers; i++) {
        pid_t child = fork();
        if (child < 0) exit(1);
        if (child == 0) {
            work(path, crashes_at);
            _exit(0);
        }
    }
    for (int i = 0, status; i < workers; i++) {
        if (wait(&status) < 0) exit(1);
        printf("a worker %s\n", status == 0 ? "has nothing left to do" : "crashes at its item");
    }
}

static void show(kv_store store)
{
    kv_txn txn;
    uint64_t results;
    must(kv_txn_begin(store, &txn, &error));
    must(kv_count(store, "results", KV_NUL, &results, &error));
    printf("position %d, %d results, their sum is %d\n", read_number(txn, "position"),
           (int)results, read_number(txn, "sum"));
    must(kv_txn_abort(txn, &error));
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "worker.db";
    kv_store store;
    kv_txn late, other;
    work_in_processes(1, path, 40);
    work_in_processes(1, path, 70);
    must(kv_open(path, &store, &error));
    show(store);
    must(kv_txn_begin(store, &late, &error));
    must(kv_txn_begin(store, &other, &error));
    int item = read_number(late, "position");
    printf("item %d: %s\n", item,
           finish_item(other, read_number(other, "position")) ? "written" : "refused");
    printf("item %d, from one that comes late: %s\n", item,
           finish_item(late, item) ? "written" : "refused");
    must(kv_close(store, &error));

    work_in_processes(2, path, -1);
    must(kv_open(path, &store, &error));
    show(store);
    must(kv_close(store, &error));
    return 0;
}
