/*
 * Loss of power against the library that ships: a workload is recorded, and the images that a loss
 * of power may leave are opened.
 *
 *   power list                                     prints the names of the workloads
 *   power FOLDER WORKLOAD DURABILITY IMAGES SECONDS SEED [PLANT]
 *                                                  explores as many images, and for as long
 *   power FOLDER WORKLOAD DURABILITY again SEED    explores the image of a seed, on ten recordings
 *
 * Prints a line for the workload: entries of a recording, images of the workload, of openings and
 * of openings of those. With KV_ENGINE=log the stores have a log. A plant is a fault of this harness that it has to find: lost-sync,
 * lost-write, weaker, damaged.
 */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"

static const struct workload *const WORKLOADS[] = {
    &SETS, &BATCHES, &TRANSACTIONS, &LARGE_VALUES, &STREAMS, &EXPIRY, &CHANGES, &QUOTA, &EVICTION, &COMPACT,
    &SPACE, &BACKUP, &BACKUP_BY_LINK, &COPY, &RESTORE, &CHECKPOINTS, &THREADS, &REOPEN, &FIRST_OPEN,
    &FIRST_OPEN_BY_FOUR, &FIRST_FOLDERS, &ADOPTION, &UPGRADE, &UPGRADE_PLAIN, &UPGRADE_KILLED,
    &UPGRADE_LARGE, &UPGRADE_QUOTAS, &UPGRADE_APPLICATION, &UPGRADE_EVICTING, &PLANTED_LOSS,
    &PLANTED_HALF,
};
/* Those that break no rule come first. */
enum { COUNT = sizeof WORKLOADS / sizeof *WORKLOADS, SOUND = COUNT - 2 };

/* The images of one recording, and the recordings on which a seed is explored again. */
enum { ROUND = 60, AGAIN = 10 };

static struct batch batch;

static void clean_up(void)
{
    batch_end(&batch);
}

static void plant(const char *name)
{
    if (strcmp(name, "lost-sync") == 0) record_lie(LIE_SYNC);
    if (strcmp(name, "lost-write") == 0) record_lie(LIE_WRITE);
    if (strcmp(name, "weaker") == 0) durability = "normal";
    if (strcmp(name, "damaged") == 0) batch.exploration->damages = true;
}

/* The seed of a workload: images of two workloads differ. */
static uint64_t seed_of(const char *seed, const char *durability_name)
{
    uint64_t state = strtoull(seed, NULL, 10);
    for (const char *it = workload->name; *it != '\0'; it++) state = state * 31 + (uint64_t)*it;
    return state * 31 + (uint64_t)durability_name[0];
}

static void explore_all(long images, long seconds, uint64_t seed)
{
    time_t begun = time(NULL);
    for (long left = images; left > 0 || time(NULL) - begun < seconds; left -= ROUND) {
        long count = left > 0 && left < ROUND ? left : ROUND;
        if (!batch_record(&batch) || !batch_explore(&batch, count, &seed)) break;
    }
}

static void explore_again(uint64_t image_seed)
{
    for (int i = 0; i < AGAIN && batch_record(&batch); i++) batch_explore_one(&batch, image_seed);
}

int main(int argc, char **argv)
{
    choose_engine();
    if (argc == 2) {
        list_workloads(WORKLOADS, SOUND);
        return 0;
    }
    for (size_t i = 0; argc > 2 && i < COUNT; i++)
        if (strcmp(WORKLOADS[i]->name, argv[2]) == 0) workload = WORKLOADS[i];
    if (workload == NULL || (argc != 6 && argc != 7 && argc != 8)) {
        fprintf(stderr, "usage: %s FOLDER WORKLOAD DURABILITY IMAGES SECONDS SEED [PLANT]\n",
                argv[0]);
        return 2;
    }
    durability = argv[3];
    atexit(clean_up);
    batch_begin(&batch, argv[1], strcmp(durability, "full") == 0);
    batch.exploration->prints = getenv("KV_ENTRIES") != NULL;
    if (argc == 8) plant(argv[7]);
    if (strcmp(argv[4], "again") == 0)
        explore_again(strtoull(argv[5], NULL, 10));
    else
        explore_all(atol(argv[4]), atol(argv[5]), seed_of(argv[6], argv[3]));
    const long *opened = batch.exploration->opened;
    bool is_sound = batch.violations == 0 && opened[1] > 0;
    printf("%s power loss, %s%s, %s: %d entries, %ld images, %ld of openings, %ld of those\n",
           is_sound ? "ok" : "FAILED", workload->name, uses_log ? " in a log" : "", argv[3],
           batch.exploration->level[0].recording->entries, opened[1], opened[2], opened[3]);
    return is_sound ? 0 : 1;
}
