/*
 * A program with a SQLite of its own beside the library's. They must not be one and the same, and
 * each must work, on a file of its own.
 */
#include <kv.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define REQUIRE(condition)                                             \
    do {                                                               \
        if (!(condition)) {                                            \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);    \
            return 1;                                                  \
        }                                                              \
    } while (0)

int main(int argc, char **argv) {
    sqlite3 *own = NULL;
    sqlite3_stmt *statement = NULL;
    kv_store store;
    kv_error error;
    kv_value value;
    kv_stats statistics = KV_STATS_INIT;

    REQUIRE(argc == 3);
    REQUIRE(kv_open(argv[1], &store, &error) == KV_OK);
    REQUIRE(sqlite3_open(argv[2], &own) == SQLITE_OK);

    /* In turns, so that one would see the other's state if there were only one. */
    REQUIRE(sqlite3_exec(own, "CREATE TABLE t (x)", NULL, NULL, NULL) == SQLITE_OK);
    REQUIRE(kv_set(store, NULL, 0, "k", 1, "of kv", 5, &error) == KV_OK);
    REQUIRE(sqlite3_exec(own, "INSERT INTO t VALUES ('own')", NULL, NULL, NULL) == SQLITE_OK);
    REQUIRE(kv_get(store, NULL, 0, "k", 1, &value, &error) == KV_OK);
    REQUIRE(value.len == 5 && memcmp(value.data, "of kv", 5) == 0);
    kv_value_free(&value);

    REQUIRE(kv_stats_get(store, &statistics, &error) == KV_OK);
    printf("own=%s library=%s\n", sqlite3_libversion(), statistics.sqlite_version);
    REQUIRE(strcmp(sqlite3_libversion(), SQLITE_VERSION) == 0);
    REQUIRE(strcmp(sqlite3_libversion(), statistics.sqlite_version) != 0);

    REQUIRE(kv_close(store, &error) == KV_OK);
    REQUIRE(sqlite3_prepare_v2(own, "SELECT x FROM t", -1, &statement, NULL) == SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    REQUIRE(strcmp((const char *)sqlite3_column_text(statement, 0), "own") == 0);
    REQUIRE(sqlite3_finalize(statement) == SQLITE_OK);
    REQUIRE(sqlite3_close(own) == SQLITE_OK);
    return 0;
}
