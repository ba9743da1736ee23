/*
 * After a fork every call of the child refuses what the parent had open; a
 * child of a process without open stores is a process like any other.
 */

#define _DEFAULT_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "child.h"

#define FORKED(call) REFUSED_WITH(call, KV_ERR_FORKED)

static void in_a_child(void (*body)(void))
{
    run_in_child(body, 60);
}

static void every_call_is_refused(void)
{
    ALL_STORE_CALLS(FORKED)
    FORKED(kv_batch_commit(store, batch, at))
    ALL_BATCH_CALLS(FORKED)
    ALL_TXN_CALLS(FORKED)
    CURSOR_CALLS(FORKED)
    STREAM_CALLS(FORKED)
    WATCH_CALLS(FORKED)
    /* A store in memory keeps no log to walk through. */
    if (walk.id != 0) {
        CHANGES_CALLS(FORKED)
    }
    NEW_CALLS(FORKED)
    FORKED(kv_open(check_path("new.db"), &out.store, at))
    /* The message says what to do. */
    CHECK(strstr(error.message, "close all stores before the fork, or start a new program (exec)") != NULL);
    END_CALLS(FORKED)
    CHECK_EQUAL(let_go_count, 0);
    CHECK(access(check_path("new.db"), F_OK) != 0);
    CHECK(access(check_path("calls-backup.db"), F_OK) != 0);
}

static kv_value pinned;
static int received;

static void count_it(void *user_data, const kv_event *event)
{
    bool is_large = event->key_len == 1 && event->key[0] == 's';
    CHECK_EQUAL(event->type, is_large ? KV_EVENT_SET_LARGE : KV_EVENT_SET);
    ++*(int *)user_data;
}

static void pinned_bytes_can_be_read_and_freed(void)
{
    CHECK_BYTES(pinned.data, pinned.len, "v");
    kv_value_free(&pinned);
}

static void grandchildren_are_refused_too(void)
{
    in_a_child(every_call_is_refused);
}

static void open_and_fork(const char *location)
{
    static const char large[KV_PIECE_LEN + 1];
    char byte = 0;
    size_t len = 0;
    kv_entry entry;
    kv_event event = KV_EVENT_INIT;
    let_go_count = received = 0;
    walk.id = 0;
    store = check_open(location);
    EXPECT(kv_set(store, GOOD, GOOD_KEY, GOOD_VALUE, &error), KV_OK);
    EXPECT(kv_set(store, GOOD, "l", 1, "w", 1, &error), KV_OK);
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, GOOD, "b", 1, "w", 1, NULL, &error), KV_OK);
    EXPECT(kv_scan(store, GOOD, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
    EXPECT(kv_get(store, GOOD, GOOD_KEY, &pinned, &error), KV_OK);
    EXPECT(kv_watch_open(store, GOOD, "b", 1, NULL, &watch, &error), KV_OK);
    EXPECT(kv_on_change(store, count_it, &received, let_go, &subscription, &error), KV_OK);
    bool has_log = strstr(location, "changes=on") != NULL;
    EXPECT(kv_changes(store, 0, &walk, &error), has_log ? KV_OK : KV_ERR_UNSUPPORTED);
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    EXPECT(kv_txn_set(txn, GOOD, "t", 1, "w", 1, NULL, &error), KV_OK);
    EXPECT(kv_writer_open(store, GOOD, "s", 1, NULL, &writer, &error), KV_OK);
    EXPECT(kv_writer_write(writer, large, sizeof large, &error), KV_OK);
    EXPECT(kv_reader_open(store, GOOD, GOOD_KEY, &reader, &error), KV_OK);
    in_a_child(every_call_is_refused);
    in_a_child(pinned_bytes_can_be_read_and_freed);
    in_a_child(grandchildren_are_refused_too);
    /* The parent goes on as if nothing had been. */
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
    CHECK_BYTES(entry.key, entry.key_len, "l");
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    EXPECT(kv_writer_write(writer, "w", 1, &error), KV_OK);
    EXPECT(kv_writer_commit(writer, NULL, &error), KV_OK);
    EXPECT(kv_reader_read(reader, 0, &byte, 1, &len, &error), KV_OK);
    CHECK(byte == 'v' && len == 1);
    EXPECT(kv_reader_close(reader, &error), KV_OK);
    CHECK(check_value_is(store, "g", "b", "w"));
    CHECK(check_value_is(store, "g", "t", "w"));
    CHECK(check_value_is(store, "g", "k", "v"));
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK_BYTES(event.key, event.key_len, "b");
    /* Of the batch, the transaction and the writer. */
    CHECK(received == 3 && let_go_count == 0);
    if (has_log) {
        EXPECT(kv_changes_next(walk, &event, &error), KV_OK);
        EXPECT(kv_changes_close(walk, &error), KV_OK);
    }
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);
    CHECK_EQUAL(let_go_count, 1);
    kv_value_free(&pinned);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_child_of_an_open_file_is_refused(void)
{
    char uri[4200];
    snprintf(uri, sizeof uri, "sqlite:%s?changes=on", check_path("fork.db"));
    open_and_fork(uri);
}

static void a_child_of_an_open_log_is_refused(void)
{
    char uri[4200];
    snprintf(uri, sizeof uri, "log:%s?changes=on", check_path("fork.log"));
    open_and_fork(uri);
}

static void a_child_of_an_open_memory_store_is_refused(void)
{
    open_and_fork("memory:");
}

static void write_and_read(void)
{
    kv_store mine = check_open(check_path("child.db"));
    int64_t sum = 0;
    EXPECT(kv_increment(mine, GOOD, "n", 1, 1, 0, &sum, &error), KV_OK);
    EXPECT(kv_check(mine, &error), KV_OK);
    EXPECT(kv_close(mine, &error), KV_OK);
}

static void a_child_without_open_stores_works(void)
{
    /* Before the library was used in this process, and after its stores were closed. */
    in_a_child(write_and_read);
    write_and_read();
    in_a_child(write_and_read);
    kv_store mine = check_open(check_path("child.db"));
    CHECK(check_value_is(mine, "g", "n", "3"));
    EXPECT(kv_close(mine, &error), KV_OK);
}

/* Opens `path`; returns the numbers of the handles that a program may carry elsewhere. */
static void open_handles(const char *path, uint64_t ids[4])
{
    store = check_open(check_path(path));
    EXPECT(kv_set(store, GOOD, GOOD_KEY, GOOD_VALUE, &error), KV_OK);
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_scan(store, GOOD, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    ids[0] = store.id, ids[1] = batch.id, ids[2] = cursor.id, ids[3] = txn.id;
}

static void handles_of_another_process_are_refused(void)
{
    uint64_t theirs[4] = {0}, ours[4];
    int numbers[2];
    CHECK(pipe(numbers) == 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        open_handles("theirs.db", theirs);
        _exit(write(numbers[1], theirs, sizeof theirs) == sizeof theirs ? 0 : 1);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(read(numbers[0], theirs, sizeof theirs) == sizeof theirs);
    close(numbers[0]);
    close(numbers[1]);
    /* The same steps in the same order, in another process. */
    open_handles("ours.db", ours);
    kv_store our_store = store;
    kv_batch our_batch = batch;
    for (size_t i = 0; i < 4; i++) CHECK(theirs[i] != ours[i]);
    store.id = theirs[0], batch.id = theirs[1], cursor.id = theirs[2], txn.id = theirs[3];
    REFUSED_WITH(kv_set(store, GOOD, GOOD_KEY, "lost", 4, at), KV_ERR_HANDLE)
    REFUSED_WITH(kv_close(store, at), KV_ERR_HANDLE)
    REFUSED_WITH(kv_batch_set(batch, GOOD, GOOD_KEY, "lost", 4, NULL, at), KV_ERR_HANDLE)
    REFUSED_WITH(kv_batch_commit(our_store, batch, at), KV_ERR_HANDLE)
    REFUSED_WITH(kv_cursor_next(cursor, &out.entry, at), KV_ERR_HANDLE)
    REFUSED_WITH(kv_txn_commit(txn, at), KV_ERR_HANDLE)
    CHECK(check_value_is(our_store, "g", "k", "v"));
    cursor.id = ours[2], txn.id = ours[3];
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_batch_close(our_batch, &error), KV_OK);
    EXPECT(kv_close(our_store, &error), KV_OK);
}

static void exec_in_a_child(void)
{
    execl("/bin/true", "true", (char *)NULL);
    _exit(127);
}

static void a_child_that_only_executes_a_program_harms_nothing(void)
{
    store = check_open(check_path("exec.db"));
    EXPECT(kv_set(store, GOOD, GOOD_KEY, GOOD_VALUE, &error), KV_OK);
    for (int i = 0; i < 20; i++) {
        in_a_child(exec_in_a_child);
        EXPECT(kv_set(store, GOOD, GOOD_KEY, GOOD_VALUE, &error), KV_OK);
    }
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "fork");
    /* First: afterwards children have the library's numbers of this process. */
    RUN(handles_of_another_process_are_refused);
    RUN(a_child_without_open_stores_works);
    RUN(a_child_of_an_open_file_is_refused);
    RUN(a_child_of_an_open_log_is_refused);
    RUN(a_child_of_an_open_memory_store_is_refused);
    RUN(a_child_that_only_executes_a_program_harms_nothing);
    return check_end();
}
