/* The images of a recording, one level below another. */

#include "explore.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

/* The seconds after which an image has hung. */
enum { DEADLINE = 60 };

/* Reads the serials of all units; returns whether each is whole. */
static bool read_units(kv_store from, int *found)
{
    for (int i = 0; i < oracle.count; i++) {
        const struct unit *unit = &oracle.units[i];
        found[i] = unit_read(from, unit, &failure);
        if (found[i] == -1) violate("unit %s cannot be read: %s", unit->name, failure.message);
        if (found[i] == -2) violate("unit %s is half of a write", unit->name);
        if (found[i] < 0) return false;
    }
    return true;
}

/* Judges what the store has, and makes it what the oracle has as acknowledged. */
static bool judge_store(const struct exploration *it, const struct level *before,
                        const struct image *image)
{
    int found[UNITS_MAX];
    if (!read_units(store, found)) return false;
    const char *violation = history_judge(
        &before->history, history_bounds(&before->history, image->place, it->is_full_durability),
        found);
    if (violation != NULL) violate("%s", violation);
    for (int i = 0; i < oracle.count; i++) {
        oracle.units[i].acknowledged = found[i];
        oracle.units[i].unsure_count = 0;
    }
    return violation == NULL;
}

/* Judges another file to which the store was copied. */
static void judge_copy(const struct history *history, const struct copy *copy, int place)
{
    struct stat status;
    char location[4300];
    int found[UNITS_MAX];
    kv_store other;
    bool is_acknowledged = copy->span.ended < place;
    snprintf(location, sizeof location, "%s", path_of(copy->name));
    if (stat(location, &status) != 0) {
        if (is_acknowledged) violate("%s was acknowledged and is missing", copy->name);
        return;
    }
    if (copy->span.begun >= place) violate("%s is there before it was begun", copy->name);
    if (!TRY(CALL_OPEN, kv_open(location, &other, &failure))) return;
    MUST(kv_check(other, &failure));
    if ((copy->appears_whole || is_acknowledged) && read_units(other, found)) {
        struct bounds bounds = {copy->span.begun, is_acknowledged ? copy->span.ended : place};
        const char *violation = history_judge(history, bounds, found);
        if (violation != NULL) violate("%s: %s", copy->name, violation);
    }
    MUST(kv_close(other, &failure));
}

/* Writes again: a new unit, and one of the workload's. */
static void write_again(void)
{
    if (workload->is_full) return;
    struct unit *after = unit_of("+g", "after", 1, 40);
    set_unit(after);
    for (int i = 0; i < oracle.count; i++) {
        struct unit *unit = &oracle.units[i];
        bool has_quota = strchr(unit->group, ':') != NULL;
        if (unit->has_expired || unit == after || unit->group == UNTOUCHED || has_quota) continue;
        commit_unit(unit);
        break;
    }
    set_unit(after);
    read_unit(after);
}

/* Opens the files for reading only, and judges them: the state is the same. */
static void read_and_judge(const struct exploration *it, const struct level *before,
                           const struct image *image)
{
    const char *journal = path_of("kv.db-journal");
    if (uses_log) return;
    /* A journal has to be rolled back first, which is a write; and a new file is no store. */
    if (workload->prepare == NULL || access(journal, F_OK) == 0) return;
    char location[4300];
    snprintf(location, sizeof location, "sqlite:%s?read_only=on", path_of("kv.db"));
    if (!TRY(CALL_OPEN, kv_open(location, &store, &failure))) return;
    judge_store(it, before, image);
    close_store();
}

/* Opens the files of an image, and judges them. */
static void open_and_judge(struct exploration *it, int level, const struct image *image,
                           bool is_recorded)
{
    struct level *before = &it->level[level - 1], *here = &it->level[level];
    if (image->seed % 5 == 0) read_and_judge(it, before, image);
    if (!open_store(NULL)) return;
    bool is_sound = judge_store(it, before, image);
    if (is_recorded) history_begin(&here->history);
    if (kv_check(store, &failure) != KV_OK) violate("kv_check: %s", failure.message);
    if (workload->check != NULL) workload->check();
    for (int i = 0; level == 1 && i < before->history.copies; i++)
        judge_copy(&before->history, &before->history.copy[i], image->place);
    if (is_sound) write_again();
    close_store();
}

/* Explores some images of what was recorded at a level, one after the other. */
static void explore_below(struct exploration *it, int level, struct disk *disk, uint64_t seed,
                          int depth)
{
    const struct recording *recording = it->level[level].recording;
    struct image first = image_of(next_number(&seed), recording);
    struct image second = image_of(next_number(&seed), recording);
    bool in_order = first.place <= second.place;
    const struct image *images[] = {in_order ? &first : &second, in_order ? &second : &first};
    for (int i = 0; i < 2 && outcome->violation[0] == '\0'; i++) {
        disk_advance(disk, images[i]->place);
        explore(it, level + 1, disk, images[i], next_number(&seed) % 4 == 0 ? depth - 1 : 0);
    }
}

void explore(struct exploration *it, int level, const struct disk *disk, const struct image *image,
             int depth)
{
    static struct disk disks[LEVELS];
    struct level *here = &it->level[level];
    bool goes_on = depth > 0 && level + 1 < LEVELS;
    alarm(DEADLINE);
    it->at_level = level;
    it->opened[level]++;
    folder = here->folder;
    remove_files(folder);
    image_write(image, disk, folder);
    oracle = it->level[level - 1].oracle;
    if (goes_on) {
        record_begin(here->recording, folder);
        disk_begin(&disks[level], here->recording, folder);
    }
    open_and_judge(it, level, image, goes_on);
    if (it->prints && outcome->violation[0] != '\0') {
        fprintf(stderr, "level %d: %s\n", level, image_text(image));
        image_print(image, disk);
    }
    if (!goes_on) return;
    record_end();
    history_end();
    here->oracle = oracle;
    if (here->recording->is_full || here->history.is_full) violate("the recording is too small");
    if (outcome->violation[0] == '\0' && here->recording->entries > 0)
        explore_below(it, level, &disks[level], image->seed, depth);
    disk_end(&disks[level]);
}
