/* Recordings of a workload, and batches of their images. */

#define _GNU_SOURCE
#include "batch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare.h"
#include "files.h"

/* The seconds after which a workload has hung; bytes of a recording of a workload, and of one of
   an opening; violations that are printed. */
enum { DEADLINE = 60, WORKLOAD_ROOM = 400 << 20, OPENING_ROOM = 100 << 20, PRINTED_MAX = 8 };

/* The images of a batch, in the order of their places. */
enum { IMAGES_MAX = 200 };

static void *share(size_t len)
{
    void *made = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made != MAP_FAILED) return made;
    perror("memory");
    exit(2);
}

void batch_begin(struct batch *batch, const char *below, bool is_full_durability)
{
    batch->shared = share(sizeof *batch->shared);
    batch->exploration = share(sizeof *batch->exploration);
    batch->exploration->is_full_durability = is_full_durability;
    batch->durability = durability;
    make_places(&batch->places, below);
    for (int i = 0; i < LEVELS; i++) {
        struct level *level = &batch->exploration->level[i];
        level->recording = recording_new(i == 0 ? WORKLOAD_ROOM : OPENING_ROOM);
        snprintf(level->folder, sizeof level->folder, "%.4000s/%d", batch->places.run, i);
        if (mkdir(level->folder, 0700) != 0) exit(2);
    }
    prepare(batch->shared, &batch->places);
}

void batch_end(struct batch *batch)
{
    if (batch->places.run[0] != '\0') remove_places(&batch->places);
}

/* Reports how a process has ended, or what it has found; returns whether it was well. */
static bool report(struct batch *batch, int status, const char *doing)
{
    char *violation = batch->shared->outcome.violation;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        violate("it has not ended after %d s", DEADLINE);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        violate("it has crashed: status %#x", (unsigned)status);
    if (violation[0] == '\0') return true;
    if (batch->violations++ < PRINTED_MAX)
        fprintf(stderr, "%s, %s, %s: %s\n", workload->name, batch->durability, doing, violation);
    violation[0] = '\0';
    return false;
}

static void work(struct batch *batch)
{
    struct level *level = &batch->exploration->level[0];
    alarm(DEADLINE);
    folder = level->folder;
    oracle = batch->shared->prepared;
    record_without_rename(workload->lacks_rename);
    record_begin(level->recording, folder);
    history_begin(&level->history);
    if (workload->opens || open_store(NULL)) workload->run();
    close_store();
    history_end();
    record_end();
    if (level->recording->is_full || level->history.is_full) violate("the recording is too small");
    level->oracle = oracle;
    _exit(0);
}

bool batch_record(struct batch *batch)
{
    static struct disk disk;
    struct exploration *it = batch->exploration;
    struct level *level = &it->level[0], *next = &it->level[1];
    remove_files(level->folder);
    copy_files(batch->places.prepared, level->folder);
    pid_t child = fork();
    if (child == 0) work(batch);
    if (!report(batch, status_of(child), "recorded")) return false;
    /* The whole recording leads to the files that are there. */
    struct image all = {.place = level->recording->entries, .contents = CHOICE_ALL};
    remove_files(next->folder);
    disk_begin(&disk, level->recording, batch->places.prepared);
    disk_advance(&disk, all.place);
    image_write(&all, &disk, next->folder);
    disk_end(&disk);
    const char *difference = first_difference(level->folder, next->folder);
    if (difference != NULL) violate("the recording has not all that was written: %s", difference);
    return report(batch, 0, "recorded");
}

/* Reports a violation of the image at hand. */
static bool report_image(struct batch *batch, int status)
{
    char doing[500];
    const struct exploration *it = batch->exploration;
    snprintf(doing, sizeof doing,
             "%s%s\n    again: tests/torture/power/run.sh again '%s' %s %llu\n   ",
             it->at_level == 1 ? "" : "in an image of the opening of an image ",
             image_text(&it->image), workload->name, batch->durability,
             (unsigned long long)it->image.seed);
    return report(batch, status, doing);
}

/* Explores images from a number on, up to the first violation. */
static void explore_images(struct batch *batch, const struct image *images, int count, int *number)
{
    static struct disk disk;
    struct exploration *it = batch->exploration;
    disk_begin(&disk, it->level[0].recording, batch->places.prepared);
    for (; *number < count && outcome->violation[0] == '\0'; ++*number) {
        it->image = images[*number];
        it->image.is_damaged = it->damages;
        disk_advance(&disk, it->image.place);
        explore(it, 1, &disk, &it->image, it->image.seed % 3 == 0 ? 2 : 0);
    }
    _exit(0);
}

static int by_place(const void *first, const void *second)
{
    return ((const struct image *)first)->place - ((const struct image *)second)->place;
}

static bool explore_batch(struct batch *batch, struct image *images, int count)
{
    int *number = share(sizeof *number);
    qsort(images, (size_t)count, sizeof *images, by_place);
    while (*number < count) {
        pid_t child = fork();
        if (child == 0) explore_images(batch, images, count, number);
        int status = status_of(child);
        bool has_crashed = !WIFEXITED(status);
        report_image(batch, status);
        *number += has_crashed;
    }
    munmap(number, sizeof *number);
    return batch->violations < PRINTED_MAX;
}

bool batch_explore(struct batch *batch, long count, uint64_t *state)
{
    struct image images[IMAGES_MAX];
    if (count > IMAGES_MAX) count = IMAGES_MAX;
    for (int i = 0; i < count; i++)
        images[i] = image_of(next_number(state), batch->exploration->level[0].recording);
    return explore_batch(batch, images, (int)count);
}

void batch_explore_one(struct batch *batch, uint64_t seed)
{
    struct image image = image_of(seed, batch->exploration->level[0].recording);
    explore_batch(batch, &image, 1);
}
