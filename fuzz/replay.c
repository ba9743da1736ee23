/*
 * Runs a target without libFuzzer: each file of a corpus once, and then inputs that a small mutator
 * makes of them, the same ones for the same seed.
 *
 *   TARGET SEED COUNT FILE-OR-FOLDER...
 *
 * An input at which the target ends the process, or runs for longer than a deadline, is written to the
 * file that KV_FUZZ_FAILED names.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "fuzz.h"

/* Seconds in which an input must be done; the slowest takes a small part of one. */
enum { DEADLINE = 60, INPUT_LEN_MAX = 1 << 20, INPUTS_MAX = 4096 };

static struct bytes inputs[INPUTS_MAX];
static size_t inputs_len;
static struct bytes running;
static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % limit;
}

/* Keeps the input that the process ends with; only what a signal handler may do. */
static void keep_input(int signal)
{
    const char *path = getenv("KV_FUZZ_FAILED");
    /* Not open, which a target may have closed. */
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
    if (file >= 0) {
        ssize_t written = write(file, running.data, running.len);
        (void)written;
        close(file);
    }
    const char *reason = signal == SIGALRM ? "the input is not done by its deadline\n"
                                           : "the input ends the process\n";
    ssize_t written = write(STDERR_FILENO, reason, strlen(reason));
    (void)written;
    _exit(77);
}

static void keep_failing_inputs(void)
{
    static uint8_t stack[1 << 16];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&other, NULL);
    struct sigaction action = {.sa_handler = keep_input, .sa_flags = SA_ONSTACK};
    const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}

static void run_input(struct bytes input)
{
    /* A copy of exactly its size, so that a tool notices a read behind its end. */
    uint8_t *copy = malloc(input.len ? input.len : 1);
    HOLDS(copy != NULL);
    if (input.len) memcpy(copy, input.data, input.len);
    running = input;
    alarm(DEADLINE);
    LLVMFuzzerTestOneInput(copy, input.len);
    alarm(0);
    free(copy);
}

static void load_file(const char *path)
{
    uint8_t *data = malloc(INPUT_LEN_MAX);
    FILE *file = fopen(path, "rb");
    HOLDS(data != NULL && file != NULL);
    size_t len = fread(data, 1, INPUT_LEN_MAX, file);
    fclose(file);
    HOLDS(inputs_len < INPUTS_MAX);
    inputs[inputs_len++] = (struct bytes){realloc(data, len ? len : 1), len};
}

/* Loads a file, or all of a folder in the order of their names. */
static void load(const char *path)
{
    struct stat found;
    HOLDS(stat(path, &found) == 0);
    if (!S_ISDIR(found.st_mode)) {
        load_file(path);
        return;
    }
    struct dirent **entries;
    int len = scandir(path, &entries, NULL, alphasort);
    HOLDS(len >= 0);
    for (int i = 0; i < len; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') load_file(name);
        free(entries[i]);
    }
    free(entries);
}

/* Replaces `cut` bytes at `at` by others; as much of it as there is room for. */
static size_t replace(uint8_t *data, size_t len, size_t at, size_t cut, struct bytes with)
{
    if (cut > len - at) cut = len - at;
    if (len - cut + with.len > INPUT_LEN_MAX) return len;
    memmove(data + at + with.len, data + at + cut, len - at - cut);
    if (with.len) memcpy(data + at, with.data, with.len);
    return len - cut + with.len;
}

/* A part of one of the inputs. */
static struct bytes some_part(void)
{
    struct bytes from = inputs[random_below(inputs_len)];
    size_t at = random_below(from.len + 1);
    size_t len = random_below(from.len - at + 1);
    return (struct bytes){from.data + at, len > 64 ? 1 + len % 64 : len};
}

static size_t mutate(uint8_t *data, size_t len)
{
    static const uint8_t edges[] = {0, 1, 0x7F, 0x80, 0xFF, '0', '9', '"', '\\', '{', '[', '%', ':', '\n'};
    size_t at = random_below(len + 1);
    uint8_t byte = (uint8_t)random_below(256);
    switch (random_below(8)) {
    case 0: if (at < len) data[at] ^= (uint8_t)(1u << random_below(8)); return len;
    case 1: if (at < len) data[at] = edges[random_below(sizeof edges)]; return len;
    case 2: if (at < len) data[at] = (uint8_t)(data[at] + random_below(9) - 4); return len;
    case 3: return replace(data, len, at, 1 + random_below(8), (struct bytes){NULL, 0});
    case 4: return replace(data, len, at, 0, (struct bytes){&byte, 1});
    case 5: return replace(data, len, at, 0, some_part());
    case 6: return replace(data, len, at, 1 + random_below(16), some_part());
    default: return replace(data, len, at, len, some_part());
    }
}

static void run_mutated(void)
{
    static uint8_t data[INPUT_LEN_MAX];
    struct bytes from = inputs[random_below(inputs_len)];
    size_t len = from.len;
    if (len) memcpy(data, from.data, len);
    for (size_t i = 1 + random_below(4); i > 0; i--) len = mutate(data, len);
    run_input((struct bytes){data, len});
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: %s SEED COUNT FILE-OR-FOLDER...\n", argv[0]);
        return 2;
    }
    random_state = strtoull(argv[1], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
    size_t count = strtoull(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) load(argv[i]);
    HOLDS(inputs_len > 0);
    keep_failing_inputs();
    for (size_t i = 0; i < inputs_len; i++) run_input(inputs[i]);
    for (size_t i = 0; i < count; i++) run_mutated();
    printf("# %zu inputs of the corpus, %zu others\n", inputs_len, count);
    return 0;
}
