/* The disk at a place of a recording. */

#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void contents_resize(struct contents *contents, size_t len)
{
    if (len > contents->room) {
        contents->room = len + len / 2 + 4096;
        contents->bytes = realloc(contents->bytes, contents->room);
        if (contents->bytes == NULL) abort();
    }
    if (len > contents->len) memset(contents->bytes + contents->len, 0, len - contents->len);
    contents->len = len;
}

void contents_write(struct contents *contents, size_t at, size_t len, const unsigned char *bytes)
{
    if (at + len > contents->len) contents_resize(contents, at + len);
    if (bytes == NULL)
        memset(contents->bytes + at, 0, len);
    else
        memcpy(contents->bytes + at, bytes, len);
}

void contents_apply(struct contents *contents, const struct entry *entry)
{
    if (entry->kind == ENTRY_WRITE) contents_write(contents, entry->at, entry->len, entry->bytes);
    if (entry->kind == ENTRY_TRUNCATE) contents_resize(contents, entry->len);
    if (entry->kind == ENTRY_EXTEND && entry->len > contents->len)
        contents_resize(contents, entry->len);
}

void names_apply(int *name, const struct entry *entry)
{
    if (entry->kind == ENTRY_LINK) name[entry->name] = entry->file;
    if (entry->kind == ENTRY_FOLDER) name[entry->name] = NAME_FOLDER;
    if (entry->kind == ENTRY_UNLINK) name[entry->name] = NAME_FREE;
    if (entry->kind == ENTRY_RENAME) {
        name[entry->name] = name[entry->from];
        name[entry->from] = NAME_FREE;
    }
}

bool is_of_contents(const struct entry *entry)
{
    return entry->kind == ENTRY_WRITE || entry->kind == ENTRY_TRUNCATE ||
           entry->kind == ENTRY_EXTEND;
}

static void load(struct contents *contents, const char *path)
{
    unsigned char bytes[65536];
    size_t len;
    FILE *file = fopen(path, "rb");
    while (file != NULL && (len = fread(bytes, 1, sizeof bytes, file)) > 0)
        contents_write(contents, contents->len, len, bytes);
    if (file != NULL) fclose(file);
}

void disk_begin(struct disk *disk, const struct recording *recording, const char *folder)
{
    memset(disk->file, 0, sizeof disk->file);
    disk->recording = recording;
    disk->place = disk->pending = 0;
    for (int i = 0; i < NAMES_MAX; i++) disk->name[i] = NAME_FREE;
    disk->name[0] = NAME_FOLDER;
    for (int i = 0; i < recording->first_folders; i++)
        disk->name[recording->first_folder[i]] = NAME_FOLDER;
    for (int i = 0; i < recording->first_files; i++) {
        char path[4096 + NAME_LEN_MAX];
        int name = recording->first_name[i];
        snprintf(path, sizeof path, "%.4000s/%s", folder, recording->name[name]);
        disk->name[name] = i;
        load(&disk->file[i], path);
    }
}

void disk_end(struct disk *disk)
{
    for (int i = 0; i < FILES_MAX; i++) free(disk->file[i].bytes);
    memset(disk->file, 0, sizeof disk->file);
}

/* Whether a name is one of a folder itself. */
static bool is_in(const struct recording *recording, int name, int folder)
{
    const char *path = recording->name[name], *within = recording->name[folder];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    return strlen(within) == len && memcmp(path, within, len) == 0;
}

/* Whether an fsync puts a pending entry on the disk. */
static bool is_synced(const struct disk *disk, const struct entry *entry, const struct entry *sync)
{
    if (sync->kind == ENTRY_SYNC) return is_of_contents(entry) && entry->file == sync->file;
    return !is_of_contents(entry) && is_in(disk->recording, entry->name, sync->name);
}

static void sync_entries(struct disk *disk, const struct entry *sync)
{
    int left = 0;
    for (int i = 0; i < disk->pending; i++) {
        const struct entry *entry = &disk->recording->entry[disk->entry[i]];
        if (!is_synced(disk, entry, sync))
            disk->entry[left++] = disk->entry[i];
        else if (is_of_contents(entry))
            contents_apply(&disk->file[entry->file], entry);
        else
            names_apply(disk->name, entry);
    }
    disk->pending = left;
}

void disk_advance(struct disk *disk, int place)
{
    for (; disk->place < place; disk->place++) {
        const struct entry *entry = &disk->recording->entry[disk->place];
        if (entry->kind == ENTRY_SYNC || entry->kind == ENTRY_SYNC_FOLDER)
            sync_entries(disk, entry);
        else if (entry->kind != ENTRY_MARK)
            disk->entry[disk->pending++] = disk->place;
    }
}
