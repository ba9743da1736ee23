// Writes one value in pieces (w), or reads a range in its middle and then all of it (r):
//   streams w|r|wr LOCATION BYTES
// Prints MiB a second of the write; MiB a second of the read and milliseconds of the range; and MiB by
// which the process has grown. The bytes differ from piece to piece, and are compared when read.
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kv.h"

#define GROUP "g"
enum { PART = 1 << 20 };

static char part[PART], found[PART];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Returns the value of a line of /proc/self/status in bytes.
static long memory(const char *name)
{
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, name, strlen(name)) == 0) kib = atol(line + strlen(name));
    }
    if (status) fclose(status);
    return kib * 1024;
}

static void fill(uint64_t number)
{
    uint64_t word = number * 0x9E3779B97F4A7C15u + 1;
    for (size_t at = 0; at < PART; at += sizeof word) {
        word ^= word << 13, word ^= word >> 7, word ^= word << 17;
        memcpy(part + at, &word, sizeof word);
    }
}

static void check(kv_status status, kv_error *error)
{
    if (status == KV_OK) return;
    fprintf(stderr, "%d: %s\n", (int)status, error->message);
    exit(1);
}

static void read_part(kv_reader reader, uint64_t number, kv_error *error)
{
    size_t len;
    check(kv_reader_read(reader, number * PART, found, PART, &len, error), error);
    if (len != PART) exit(2);
}

static void fill_store(kv_store store, uint64_t parts, kv_error *error)
{
    kv_writer writer;
    double filling = now();
    for (uint64_t number = 0; number < parts; number++) fill(number);
    filling = now() - filling;
    double begun = now();
    check(kv_writer_open(store, GROUP, KV_NUL, "k", KV_NUL, NULL, &writer, error), error);
    for (uint64_t number = 0; number < parts; number++) {
        fill(number);
        check(kv_writer_write(writer, part, PART, error), error);
    }
    check(kv_writer_commit(writer, NULL, error), error);
    check(kv_flush(store, error), error);
    printf("%.0f ", (double)parts / (now() - begun - filling));
}

static void read_store(kv_store store, uint64_t parts, kv_error *error)
{
    kv_reader reader;
    double begun = now();
    check(kv_reader_open(store, GROUP, KV_NUL, "k", KV_NUL, &reader, error), error);
    read_part(reader, parts / 2, error);
    double range = now() - begun;
    fill(parts / 2);
    if (memcmp(part, found, PART) != 0) exit(3);
    begun = now();
    for (uint64_t number = 0; number < parts; number++) read_part(reader, number, error);
    double read = now() - begun;
    for (uint64_t number = 0; number < parts; number += 7) {
        read_part(reader, number, error);
        fill(number);
        if (memcmp(part, found, PART) != 0) exit(3);
    }
    check(kv_reader_close(reader, error), error);
    printf("%.0f %.2f ", (double)parts / read, range * 1e3);
}

int main(int count, char **words)
{
    if (count != 4) return 2;
    uint64_t parts = strtoull(words[3], NULL, 10) / PART;
    kv_error error = {0};
    kv_store store;
    check(kv_open(words[2], &store, &error), &error);
    check(kv_set(store, GROUP, KV_NUL, "warm", KV_NUL, "up", KV_NUL, &error), &error);
    long before = memory("VmRSS:");
    if (strchr(words[1], 'w')) fill_store(store, parts, &error);
    if (strchr(words[1], 'r')) read_store(store, parts, &error);
    printf("%.1f\n", (double)(memory("VmHWM:") - before) / PART);
    check(kv_close(store, &error), &error);
    return 0;
}
