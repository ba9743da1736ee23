/* The figures of a soak, in lines for a reader. */

#include "table.h"

#include <stdio.h>

#include "load.h"

static struct histogram all;

static const struct histogram *of_call(enum call call)
{
    static struct histogram sum;
    sum = (struct histogram){.count = 0};
    for (int i = 0; i < PROCESSES; i++) histogram_merge(&sum, &shared->processes[i].times[call]);
    return &sum;
}

/* A time with a unit, such as `3.1 ms`. */
static const char *in_words(uint64_t ns)
{
    static char texts[4][32];
    static int next;
    char *text = texts[next++ % 4];
    if (ns < 1000000)
        snprintf(text, 32, "%.1f us", (double)ns / 1e3);
    else if (ns < 1000000000)
        snprintf(text, 32, "%.1f ms", (double)ns / 1e6);
    else
        snprintf(text, 32, "%.1f s", (double)ns / 1e9);
    return text;
}

static void print_latencies(void)
{
    printf("%-16s %10s %10s %10s %10s %10s\n", "call", "number", "p50", "p99", "p99.9", "longest");
    for (int i = 0; i < CALLS; i++) {
        const struct histogram *it = of_call((enum call)i);
        histogram_merge(&all, it);
        printf("%-16s %10llu %10s %10s %10s %10s\n", name_of_call((enum call)i),
               (unsigned long long)it->count, in_words(histogram_at(it, 0.5)),
               in_words(histogram_at(it, 0.99)), in_words(histogram_at(it, 0.999)),
               in_words(it->longest));
    }
}

/* A number in words, such as `9.1 million`. */
static const char *grouped(uint64_t number)
{
    static char text[32];
    unsigned long long it = number;
    if (it >= 1000000)
        snprintf(text, sizeof text, "%.1f million", (double)it / 1e6);
    else if (it >= 1000)
        snprintf(text, sizeof text, "%llu,%03llu", it / 1000, it % 1000);
    else
        snprintf(text, sizeof text, "%llu", it);
    return text;
}

static double mib(int64_t bytes)
{
    return (double)bytes / (1 << 20);
}

/* The measures at some instants. */
static void print_measures(const struct sample *samples)
{
    printf("%-8s %8s %8s %8s %8s %8s %8s\n", "sample", "memory", "files", "mappings", "threads", "wal",
           "file");
    for (int i = SAMPLES / 10 - 1; i < SAMPLES; i += SAMPLES / 10) {
        struct gauge sum = {0};
        for (int j = 0; j < PROCESSES; j++) {
            sum.memory += samples[i].processes[j].memory;
            sum.descriptors += samples[i].processes[j].descriptors;
            sum.mappings += samples[i].processes[j].mappings;
            sum.threads += samples[i].processes[j].threads;
        }
        printf("%-8d %8.1f %8llu %8llu %8llu %8.1f %8.1f%s\n", i + 1, mib((int64_t)sum.memory),
               (unsigned long long)sum.descriptors, (unsigned long long)sum.mappings,
               (unsigned long long)sum.threads, mib((int64_t)samples[i].wal),
               mib((int64_t)samples[i].file), samples[i].is_held ? "  a snapshot is held" : "");
    }
}

void print_table(const struct sample *samples, unsigned seconds)
{
    uint64_t lags = 0;
    print_latencies();
    print_measures(samples);
    for (int i = 0; i < PROCESSES; i++) lags += shared->processes[i].lags;
    printf("the log: %.1f MiB at most, %.1f MiB with a held snapshot (kv_stats: %.1f MiB); watches "
           "lagged %llu times\n", mib((int64_t)longest_wal(samples, false)),
           mib((int64_t)longest_wal(samples, true)), mib((int64_t)shared->stats_wal_bytes),
           (unsigned long long)lags);
    printf("figures %d processes, %u s, %s calls, memory %+.1f MiB, p99.9 of set %s\n", PROCESSES,
           seconds, grouped(all.count), mib(memory_growth(samples)),
           in_words(histogram_at(of_call(SET), 0.999)));
}
