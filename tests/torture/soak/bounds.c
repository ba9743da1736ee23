/* The bounds: after the first fifth of the time nothing grows any more. */

#include "bounds.h"

#include "load.h"

enum {
    FIRST = SAMPLES / 5,
    MEMORY_GROWTH = 8 << 20,
    /* In a run of seconds on a busy machine the caches, the connections and the queues of the watches
       still grow after the first fifth: to 20 MiB a process. */
    SHORT = 60,
    MEMORY_GROWTH_OF_SHORT = 20 << 20,
    /* Two connections for reading with two descriptors each, opened when as many calls of the
       program and threads of the library read at once for the first time. */
    DESCRIPTORS = 4,
    /* Writers wait when two limits are not in the file yet; the log is started over when the
       readers of all processes allow it, on a busy machine after several limits more. Without a
       bound the log would have all writes. */
    WAL_LIMITS = 12,
    FILE_MAX = 32 << 20,
    CACHE_FILE_MAX = 16 << 20,
    /* The samples after a held snapshot until the log is short again. */
    RECOVERY = 5,
};

int64_t memory_growth(const struct sample *samples)
{
    int64_t most = INT64_MIN;
    for (int i = 0; i < PROCESSES; i++) {
        int64_t before = 0, after = 0;
        for (int j = 0; j < SAMPLES; j++) {
            int64_t memory = (int64_t)samples[j].processes[i].memory;
            if (j < FIRST && memory > before) before = memory;
            if (j >= FIRST && memory > after) after = memory;
        }
        if (after - before > most) most = after - before;
    }
    return most;
}

static bool is_long_after_hold(const struct sample *samples, int at)
{
    for (int i = at < RECOVERY ? 0 : at - RECOVERY; i <= at; i++)
        if (samples[i].is_held) return false;
    return true;
}

uint64_t longest_wal(const struct sample *samples, bool held)
{
    uint64_t longest = 0;
    for (int i = 0; i < SAMPLES; i++)
        if (is_long_after_hold(samples, i) != held && samples[i].wal > longest)
            longest = samples[i].wal;
    return longest;
}

static uint64_t most(const struct sample *samples, int process, int from, int to, bool threads)
{
    uint64_t found = 0;
    for (int i = from; i < to; i++) {
        const struct gauge *it = &samples[i].processes[process];
        uint64_t number = threads ? it->threads : it->descriptors;
        if (number > found) found = number;
    }
    return found;
}

static void check_counts(const struct sample *samples, int process)
{
    for (int threads = 0; threads < 2; threads++) {
        uint64_t before = most(samples, process, 0, FIRST, threads);
        uint64_t after = most(samples, process, FIRST, SAMPLES, threads);
        if (after > before + (threads ? 0 : DESCRIPTORS))
            violate("process %d has %llu %s, and had %llu", process, (unsigned long long)after,
                    threads ? "threads" : "descriptors", (unsigned long long)before);
    }
}

void check_bounds(const struct sample *samples, unsigned seconds)
{
    for (int i = 0; i < PROCESSES; i++) check_counts(samples, i);
    int64_t growth = memory_growth(samples);
    if (growth > (seconds < SHORT ? MEMORY_GROWTH_OF_SHORT : MEMORY_GROWTH))
        violate("the memory of a process grows by %lld bytes", (long long)growth);
    uint64_t wal = longest_wal(samples, false);
    if (wal > (uint64_t)WAL_LIMITS * WAL_LIMIT)
        violate("the log has %llu bytes without a held snapshot", (unsigned long long)wal);
    for (int i = 0; i < SAMPLES; i++) {
        if (samples[i].file > FILE_MAX)
            violate("the file has %llu bytes", (unsigned long long)samples[i].file);
        if (samples[i].cache_file > CACHE_FILE_MAX)
            violate("the file that evicts has %llu bytes", (unsigned long long)samples[i].cache_file);
        if (samples[i].cache_wal > (uint64_t)WAL_LIMITS * WAL_LIMIT)
            violate("the log beside it has %llu bytes", (unsigned long long)samples[i].cache_wal);
    }
}
