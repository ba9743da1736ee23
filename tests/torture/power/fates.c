/* The fate of each pending entry in a loss of power. */

#include "fates.h"

#include <string.h>

/* The number of the first pending entry of each file, and of names, that is not on the disk, if the
   ones before are. */
struct ends {
    int of_file[FILES_MAX], of_names;
};

static void choose_ends(struct ends *ends, const struct disk *disk, uint64_t *state)
{
    int seen[FILES_MAX] = {0}, names = 0;
    for (int i = 0; i < disk->pending; i++) {
        const struct entry *entry = &disk->recording->entry[disk->entry[i]];
        *(is_of_contents(entry) ? &seen[entry->file] : &names) += 1;
    }
    for (int i = 0; i < FILES_MAX; i++)
        ends->of_file[i] = seen[i] == 0 ? 0 : (int)(next_number(state) % (uint64_t)(seen[i] + 1));
    ends->of_names = (int)(next_number(state) % (uint64_t)(names + 1));
}

void fates_choose(struct fates *fates, const struct image *image, const struct disk *disk,
                  uint64_t *state)
{
    struct ends ends;
    int seen[FILES_MAX] = {0}, names = 0;
    choose_ends(&ends, disk, state);
    for (int i = 0; i < FILES_MAX; i++)
        fates->is_short[i] = image->contents != CHOICE_ALL && next_number(state) % 8 == 0;
    for (int i = 0; i < disk->pending; i++) {
        const struct entry *entry = &disk->recording->entry[disk->entry[i]];
        bool is_early = is_of_contents(entry) ? seen[entry->file]++ < ends.of_file[entry->file]
                                              : names++ < ends.of_names;
        enum choice choice = is_of_contents(entry) ? image->contents : image->names;
        bool is_chosen = (int)(next_number(state) % 100) < image->percent;
        fates->is_kept[i] = choice == CHOICE_ALL || (choice == CHOICE_PREFIX && is_early) ||
                            (choice == CHOICE_SUBSET && is_chosen);
        fates->is_long[i] = image->contents >= CHOICE_PREFIX && next_number(state) % 4 == 0;
        fates->is_torn[i] = false;
    }
    /* The last writes are torn more often than others. */
    for (int i = 0; i < image->torn && disk->pending > 0; i++) {
        uint64_t last = next_number(state) % 2 == 0 ? 3 : (uint64_t)disk->pending;
        int at = disk->pending - 1 - (int)(next_number(state) % last);
        if (at < 0) continue;
        fates->is_torn[at] = fates->is_kept[at] = true;
    }
}

static void write_rest(enum rest rest, struct contents *contents, size_t at, size_t len,
                       uint64_t *state)
{
    if (rest == REST_ZEROS) contents_write(contents, at, len, NULL);
    if (rest == REST_GARBAGE) fill_garbage(contents, at, len, state);
}

/* Applies a write of which some sectors are on the disk: the first ones, the last ones, or any. */
static void apply_torn(const struct entry *entry, const struct image *image,
                       struct contents *contents, uint64_t *state)
{
    size_t sectors = (entry->at + entry->len - 1) / image->sector - entry->at / image->sector + 1;
    uint64_t kind = next_number(state) % 4, cut = next_number(state) % sectors;
    for (size_t i = 0, at = entry->at, end; i < sectors; i++, at = end) {
        end = (at / image->sector + 1) * image->sector;
        if (end > entry->at + entry->len) end = entry->at + entry->len;
        bool is_there = kind == 0 ? i >= cut : kind == 1 ? next_number(state) % 2 == 0 : i < cut;
        if (is_there)
            contents_write(contents, at, end - at, entry->bytes + (at - entry->at));
        else
            write_rest(image->rest, contents, at, end - at, state);
    }
}

void fates_apply(const struct fates *fates, const struct image *image, const struct disk *disk,
                 int file, struct contents *contents, uint64_t *state)
{
    size_t synced = contents->len;
    for (int i = 0; i < disk->pending; i++) {
        const struct entry *entry = &disk->recording->entry[disk->entry[i]];
        if (!is_of_contents(entry) || entry->file != file) continue;
        size_t len = contents->len, end = entry->at + entry->len;
        if (fates->is_torn[i] && entry->kind == ENTRY_WRITE)
            apply_torn(entry, image, contents, state);
        else if (fates->is_kept[i])
            contents_apply(contents, entry);
        else if (fates->is_long[i] && entry->kind == ENTRY_WRITE && end > len)
            write_rest(image->rest == REST_OLD ? REST_ZEROS : image->rest, contents, len, end - len,
                       state);
    }
    if (fates->is_short[file] && contents->len > synced) contents_resize(contents, synced);
}
