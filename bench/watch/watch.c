/* The cost of watches and the latency of their events. The arguments are a directory, a file for the
   results and the parts to run. */

#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"

enum { FIGURES_MAX = 128 };

static const char *directory;
static struct { char name[96]; double figure; } figures[FIGURES_MAX];
static size_t figure_count;

double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void spin_us(double us)
{
    double end = now_us() + us;
    while (now_us() < end) {}
}

void must(kv_status status, const kv_error *error)
{
    if (status < 0) {
        fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

kv_store open_file(const char *name, const char *options)
{
    char location[4096];
    kv_store store;
    kv_error error;
    snprintf(location, sizeof location, "sqlite:%s/%s.db?%s", directory, name, options);
    must(kv_open(location, &store, &error), &error);
    return store;
}

kv_watch watch_group(kv_store store)
{
    kv_watch watch;
    kv_error error;
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    options.flags = KV_WATCH_ANY_KEY;
    options.capacity = 1 << 14;
    must(kv_watch_open(store, "bench", 5, NULL, 0, &options, &watch, &error), &error);
    return watch;
}

kv_watch watch_key(kv_store store, const char *key)
{
    kv_watch watch;
    kv_error error;
    must(kv_watch_open(store, "bench", 5, key, KV_NUL, NULL, &watch, &error), &error);
    return watch;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double quantile(double *samples, size_t count, double share)
{
    size_t index = (size_t)(share * (double)count);
    qsort(samples, count, sizeof *samples, by_size);
    return samples[index < count ? index : count - 1];
}

void note(const char *name, double figure)
{
    if (figure_count == FIGURES_MAX) {
        fprintf(stderr, "there is no room for another figure\n");
        exit(1);
    }
    snprintf(figures[figure_count].name, sizeof figures[0].name, "%s", name);
    figures[figure_count++].figure = figure;
}

void note_latency(const char *name, const char *title, double *samples, size_t count)
{
    char full[96];
    double p50 = quantile(samples, count, 0.5), p99 = quantile(samples, count, 0.99);
    printf("| %s | %.1f | %.1f |\n", title, p50, p99);
    fflush(stdout);
    snprintf(full, sizeof full, "%s_p50_us", name);
    note(full, p50);
    snprintf(full, sizeof full, "%s_p99_us", name);
    note(full, p99);
}

static void write_results(const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fprintf(file, "{\n");
    for (size_t i = 0; i < figure_count; i++)
        fprintf(file, "  \"%s\": %.4g%s\n", figures[i].name, figures[i].figure,
                i + 1 < figure_count ? "," : "");
    fprintf(file, "}\n");
    fclose(file);
}

int main(int argc, char **argv)
{
    const struct { const char *name; void (*measure)(void); } parts[] = {
        {"across", measure_across_processes}, /* First: it forks before any store is open. */
        {"sets", measure_sets},
        {"same", measure_same_process},
        {"idle", measure_idle},
    };
    if (argc < 3) {
        fprintf(stderr, "usage: watch DIRECTORY RESULTS [sets|same|across|idle]...\n");
        return 2;
    }
    directory = argv[1];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int wanted = argc == 3;
        for (int word = 3; word < argc; word++) wanted |= strcmp(argv[word], parts[i].name) == 0;
        if (wanted) parts[i].measure();
    }
    if (argv[2][0] != '\0') write_results(argv[2]);
    return 0;
}
