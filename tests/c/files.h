/* Whole files: reading, writing and comparing them, and the sqlite3 shell. */

#ifndef FILES_H
#define FILES_H

#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

struct content {
    unsigned char *bytes;
    size_t len;
};

static MAYBE_UNUSED struct content read_file(const char *path)
{
    struct content content = {NULL, 0};
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        FAIL("cannot read %s", path);
        return content;
    }
    content.bytes = malloc((size_t)status.st_size + 1);
    content.len = fread(content.bytes, 1, (size_t)status.st_size, file);
    fclose(file);
    return content;
}

static MAYBE_UNUSED void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, len, file) != len) FAIL("cannot write %s", path);
    if (file != NULL) fclose(file);
}

/* Opening the file fails with `expected`, leaves every byte, and nothing new beside it. */
static MAYBE_UNUSED void check_refused_untouched(const char *path, kv_status expected)
{
    char beside[4200];
    const char *const endings[] = {"-wal", "-shm", "-journal"};
    struct content before = read_file(path);
    kv_store store;
    EXPECT(kv_open(path, &store, &error), expected);
    CHECK(store.id == 0);
    if (store.id != 0) kv_close(store, NULL);
    struct content after = read_file(path);
    if (before.len != after.len || memcmp(before.bytes, after.bytes, before.len) != 0)
        FAIL("%s of %zu bytes was changed", path, before.len);
    for (int i = 0; i < 3; i++) {
        snprintf(beside, sizeof beside, "%s%s", path, endings[i]);
        if (access(beside, F_OK) == 0) FAIL("%s was left behind", beside);
    }
    free(before.bytes);
    free(after.bytes);
}

/* Runs SQL in the sqlite3 shell and compares what it prints. */
static MAYBE_UNUSED void check_shell(const char *path, const char *sql, const char *expected)
{
    char command[8192], printed[4096];
    snprintf(command, sizeof command, "sqlite3 -cmd '.timeout 5000' '%s' \"%s\" 2>&1", path, sql);
    FILE *shell = popen(command, "r");
    size_t len = shell == NULL ? 0 : fread(printed, 1, sizeof printed - 1, shell);
    printed[len] = '\0';
    int status = shell == NULL ? -1 : pclose(shell);
    if (status != 0 || strcmp(printed, expected) != 0)
        FAIL("sqlite3 \"%s\" printed \"%s\", expected \"%s\"", sql, printed, expected);
}

/* Why there is no such shell. */
#ifdef _WIN32
#define NO_SHELL "Windows quotes the words of a command in another way"
#else
#define NO_SHELL "the sqlite3 shell is not installed"
#endif

static MAYBE_UNUSED bool has_shell(void)
{
#ifdef _WIN32
    return false;
#else
    return system("command -v sqlite3 >/dev/null 2>&1") == 0;
#endif
}

#endif
