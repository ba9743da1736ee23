/*
 * The import of the command: an input is a file of JSON lines. The command ends with a status of its own,
 * and what it has imported it exports as lines that are imported to the same entries. KV_COMMAND is the
 * command.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "fuzz.h"

extern char **environ;

enum { OUTPUT_MAX = 1 << 22 };

struct output {
    uint8_t bytes[OUTPUT_MAX];
    size_t len;
};

static char folder[5000];

/* Runs the command in the folder with its output in a file there; returns its exit status. */
static int run(const char *to, const char *const *words)
{
    posix_spawn_file_actions_t actions;
    pid_t process;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "messages", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    HOLDS(posix_spawn(&process, getenv("KV_COMMAND"), &actions, NULL, (char **)words, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    HOLDS(waitpid(process, &status, 0) == process);
    if (!WIFEXITED(status)) VIOLATION("kv %s ended by signal %d", words[1], WTERMSIG(status));
    return WEXITSTATUS(status);
}

static int import(const char *lines, const char *database)
{
    return run("nothing", (const char *[]){"kv", "import", lines, "--db-path", database, NULL});
}

static void export(const char *database, const char *lines, struct output *output)
{
    HOLDS(run(lines, (const char *[]){"kv", "export", "--db-path", database, NULL}) == 0);
    FILE *file = fopen(lines, "rb");
    HOLDS(file != NULL);
    output->len = fread(output->bytes, 1, OUTPUT_MAX, file);
    fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct output first, second;
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "%s", make_folder());
        HOLDS(getenv("KV_COMMAND") != NULL && chdir(folder) == 0);
    }
    write_file("in.jsonl", data, len);
    int status = import("in.jsonl", "a.db");
    /* 0 done, 2 an invalid argument, 3 another error: docs/cli.md. */
    if (status != 0 && status != 2 && status != 3) VIOLATION("kv import ended with %d", status);
    if (status == 0) {
        export("a.db", "a.jsonl", &first);
        HOLDS(import("a.jsonl", "b.db") == 0);
        export("b.db", "b.jsonl", &second);
        HOLDS(is_same((struct bytes){first.bytes, first.len}, (struct bytes){second.bytes, second.len}));
    }
    const char *const made[] = {"a.db", "a.db-wal", "a.db-shm", "b.db", "b.db-wal", "b.db-shm"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) unlink(made[i]);
    return 0;
}
