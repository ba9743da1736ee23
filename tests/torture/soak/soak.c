/* Four processes work on one file for a time; their memory, descriptors and threads stay as they
   are, and the files are bounded.

     soak FOLDER SECONDS SEED [descriptors|memory]     the last word plants a leak

   It prints the latencies of each kind of call, a line of `figures`, and `ok` or `FAILED`. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bounds.h"
#include "load.h"
#include "table.h"

static pid_t pids[PROCESSES];

static pid_t start(int number, uint64_t with_seed)
{
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        exit(2);
    }
    if (child != 0) return child;
    seed(with_seed + (uint64_t)number);
    if (number < 0) make_files();
    work(number);
}

/* Waits for a condition of a process; a process that ends before its time has failed. */
static bool wait_for(int number, bool (*holds)(int number))
{
    uint64_t until = now_ns() + DEADLINE * 1000000000ull;
    while (!holds(number) && !shared->has_failed && now_ns() < until) {
        int status;
        if (!shared->stop && waitpid(pids[number], &status, WNOHANG) == pids[number]) {
            violate("process %d has ended: status %#x", number, (unsigned)status);
            pids[number] = 0;
        }
        nap(300);
    }
    if (!holds(number)) violate("process %d has not ended a call after %d s", number, DEADLINE);
    return !shared->has_failed;
}

static bool is_parked(int number)
{
    return shared->processes[number].parked == shared->pause;
}

static bool has_ended(int number)
{
    int status;
    if (pids[number] == 0 || waitpid(pids[number], &status, WNOHANG) != pids[number])
        return pids[number] == 0;
    pids[number] = 0;
    if (status != 0) violate("process %d has crashed: status %#x", number, (unsigned)status);
    return true;
}

/* Measures all processes between two calls. */
static void take_sample(struct sample *sample)
{
    static int pauses;
    shared->pause = ++pauses;
    for (int i = 0; i < PROCESSES; i++)
        if (!wait_for(i, is_parked)) return;
    for (int i = 0; i < PROCESSES; i++) sample->processes[i] = gauge_process(pids[i]);
    sample->wal = length_of("main.db-wal");
    sample->file = length_of("main.db");
    sample->cache_wal = length_of("cache.db-wal");
    sample->cache_file = length_of("cache.db");
    sample->is_held = shared->hold;
    shared->pause = 0;
}

/* A snapshot is held for a moment of the first fifth, so that its connection is there from then
   on, and for a tenth of the time. */
static bool holds_at(int number)
{
    return (number >= 2 && number < 4) || (number >= SAMPLES / 2 && number < SAMPLES * 6 / 10);
}

static void soak(unsigned seconds, uint64_t with_seed)
{
    static struct sample samples[SAMPLES];
    uint64_t begin = now_ns();
    for (int i = 0; i < PROCESSES; i++) pids[i] = start(i, with_seed);
    for (int i = 0; i < SAMPLES && !shared->has_failed; i++) {
        shared->hold = holds_at(i);
        uint64_t due = begin + (uint64_t)seconds * 1000000000u / SAMPLES * (uint64_t)(i + 1);
        while (now_ns() < due && !shared->has_failed) nap(1000);
        take_sample(&samples[i]);
    }
    shared->stop = 1;
    for (int i = 0; i < PROCESSES; i++) wait_for(i, has_ended);
    for (int i = 0; i < PROCESSES; i++)
        if (pids[i] != 0) kill(pids[i], SIGKILL);
    if (!shared->has_failed) check_bounds(samples, seconds);
    print_table(samples, seconds);
}

static void prepare(void)
{
    int status;
    pid_t child = start(-1, 0);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (status != 0) violate("the files cannot be made");
}

int main(int count, char **arguments)
{
    if (count < 4) {
        fprintf(stderr, "usage: soak FOLDER SECONDS SEED [descriptors|memory]\n");
        return 2;
    }
    share();
    folder = arguments[1];
    unsigned seconds = (unsigned)atoi(arguments[2]);
    uint64_t with_seed = strtoull(arguments[3], NULL, 10);
    if (count > 4)
        planted = strcmp(arguments[4], "memory") == 0 ? PLANTED_MEMORY : PLANTED_DESCRIPTORS;
    prepare();
    if (!shared->has_failed) soak(seconds, with_seed);
    if (shared->has_failed) {
        printf("FAILED soak, seed %s: %s\n", arguments[3], shared->violation);
        fprintf(stderr, "%s\n    again: KV_SEED=%s tests/torture/soak/run.sh %u\n", shared->violation,
                arguments[3], seconds);
        return 1;
    }
    printf("ok soak, seed %s\n", arguments[3]);
    return 0;
}
