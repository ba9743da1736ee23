/* The choices of an image, and its files. */

#include "image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fates.h"

/* SplitMix64. */
uint64_t next_number(uint64_t *state)
{
    uint64_t it = *state += 0x9e3779b97f4a7c15;
    it = (it ^ (it >> 30)) * 0xbf58476d1ce4e5b9;
    it = (it ^ (it >> 27)) * 0x94d049bb133111eb;
    return it ^ (it >> 31);
}

struct image image_of(uint64_t seed, const struct recording *recording)
{
    static const int PERCENTS[] = {10, 50, 50, 90, 97};
    uint64_t state = seed;
    struct image it = {.seed = seed};
    it.place = 1 + (int)(next_number(&state) % (uint64_t)recording->entries);
    it.contents = next_number(&state) % CHOICES;
    it.names = next_number(&state) % CHOICES;
    it.percent = PERCENTS[next_number(&state) % 5];
    it.torn = (int)(next_number(&state) % 4);
    it.sector = next_number(&state) % 2 == 0 ? 512 : 4096;
    it.rest = next_number(&state) % RESTS;
    it.has_wal_index = next_number(&state) % 3 == 0;
    return it;
}

const char *image_text(const struct image *image)
{
    static const char *const CHOICE[] = {"all", "none", "the first", "any"};
    static const char *const REST[] = {"old bytes", "zeros", "garbage"};
    static char text[300];
    snprintf(text, sizeof text,
             "at entry %d; on the disk: %s of contents, %s of names (%d %%); %d torn at %zu with "
             "%s%s",
             image->place, CHOICE[image->contents], CHOICE[image->names], image->percent,
             image->torn, image->sector, REST[image->rest],
             image->has_wal_index ? "; garbage as the wal-index" : "");
    return text;
}

static void fail(const char *path)
{
    perror(path);
    exit(2);
}

static void write_file(const char *path, const struct contents *contents)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) fail(path);
    for (size_t at = 0; at < contents->len;) {
        ssize_t written = pwrite(file, contents->bytes + at, contents->len - at, (off_t)at);
        if (written <= 0) fail(path);
        at += (size_t)written;
    }
    close(file);
}

void fill_garbage(struct contents *contents, size_t at, size_t len, uint64_t *state)
{
    contents_write(contents, at, len, NULL);
    for (size_t i = 0; i < len; i += 8) {
        uint64_t number = next_number(state);
        memcpy(contents->bytes + at + i, &number, len - i < 8 ? len - i : 8);
    }
}

/* Garbage where SQLite looks for the wal-index of the database. */
static void write_wal_index(const char *database, uint64_t *state)
{
    struct contents garbage = {0};
    char path[4096 + NAME_LEN_MAX + 8];
    fill_garbage(&garbage, 0, 1 + next_number(state) % 40000, state);
    snprintf(path, sizeof path, "%s-shm", database);
    write_file(path, &garbage);
    free(garbage.bytes);
}

/* Whether a name is that of a database that workloads open. */
static bool is_database(const char *name)
{
    size_t len = strlen(name);
    return len >= 5 && strcmp(name + len - 5, "kv.db") == 0;
}

/* Writes a file with its contents on the disk and what it has of pending entries. */
static void write_image_file(const struct image *image, const struct disk *disk,
                             const struct fates *fates, int file, const char *path, uint64_t *state)
{
    struct contents contents = {0};
    contents_write(&contents, 0, disk->file[file].len, disk->file[file].bytes);
    fates_apply(fates, image, disk, file, &contents, state);
    if (image->is_damaged && is_database(path) && contents.len > 8192)
        fill_garbage(&contents, 4096 * (1 + next_number(state) % (contents.len / 4096 - 1)), 4096,
                     state);
    write_file(path, &contents);
    if (image->has_wal_index && is_database(path)) write_wal_index(path, state);
    free(contents.bytes);
}

void image_write(const struct image *image, const struct disk *disk, const char *folder)
{
    static struct fates fates;
    uint64_t state = ~image->seed;
    int name[NAMES_MAX];
    memcpy(name, disk->name, sizeof name);
    fates_choose(&fates, image, disk, &state);
    for (int i = 0; i < disk->pending; i++) {
        const struct entry *entry = &disk->recording->entry[disk->entry[i]];
        if (!is_of_contents(entry) && fates.is_kept[i]) names_apply(name, entry);
    }
    /* A folder has a smaller number than the names in it. */
    for (int i = 1; i < disk->recording->names; i++) {
        char path[4096 + NAME_LEN_MAX];
        snprintf(path, sizeof path, "%.4000s/%s", folder, disk->recording->name[i]);
        if (name[i] == NAME_FOLDER && mkdir(path, 0700) != 0) name[i] = NAME_FREE;
        if (name[i] < 0) continue;
        char *slash = strrchr(path, '/');
        *slash = '\0';
        bool is_lost = access(path, F_OK) != 0;
        *slash = '/';
        if (!is_lost) write_image_file(image, disk, &fates, name[i], path, &state);
    }
}

void image_print(const struct image *image, const struct disk *disk)
{
    static const char *const KIND[] = {"write", "truncate", "extend", "sync", "link", "rename",
                                       "folder", "unlink", "sync names"};
    static struct fates fates;
    uint64_t state = ~image->seed;
    fates_choose(&fates, image, disk, &state);
    for (int i = 0; i < disk->pending; i++) {
        const struct recording *recording = disk->recording;
        const struct entry *it = &recording->entry[disk->entry[i]];
        fprintf(stderr, "    %4d %s file %d, name %s, at %zu, %zu bytes: %s%s\n", disk->entry[i],
                KIND[it->kind], it->file, it->name < 0 ? "" : recording->name[it->name], it->at,
                it->len, fates.is_kept[i] ? "on the disk" : "lost",
                fates.is_torn[i] ? ", torn" : "");
    }
    for (int i = 0; i < disk->recording->names; i++)
        if (disk->name[i] >= 0)
            fprintf(stderr, "    on the disk: %s is file %d of %zu bytes\n",
                    disk->recording->name[i], disk->name[i], disk->file[disk->name[i]].len);
}
