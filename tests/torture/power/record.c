/* The recording, and the names and files in it. */

#define _GNU_SOURCE
#include "recorder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct recording *recorded;
enum lie planted_lie;
bool lacks_rename;

struct recording *recording_new(size_t room)
{
    struct recording *made = mmap(NULL, sizeof *made + room, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED) {
        perror("the recording");
        exit(2);
    }
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&made->lock, &shared);
    made->room = room;
    return made;
}

static bool is_wal_index(const char *name)
{
    size_t len = strlen(name);
    return len > 4 && strcmp(name + len - 4, "-shm") == 0;
}

int name_number(const char *path)
{
    size_t len = strlen(recorded->folder);
    if (strncmp(path, recorded->folder, len) != 0 || is_wal_index(path)) return -1;
    if (path[len] != '\0' && path[len] != '/') return -1;
    const char *name = path + len + (path[len] == '/');
    for (int i = 0; i < recorded->names; i++)
        if (strcmp(recorded->name[i], name) == 0) return i;
    if (recorded->names == NAMES_MAX || strlen(name) >= NAME_LEN_MAX) {
        recorded->is_full = true;
        return -1;
    }
    strcpy(recorded->name[recorded->names], name);
    return recorded->names++;
}

int number_of(const struct stat *status)
{
    /* The last one first: the number of a removed file may be in use again. */
    for (int i = recorded->files - 1; i >= 0; i--)
        if (recorded->file[i].inode == status->st_ino && recorded->file[i].device == status->st_dev)
            return i;
    return -1;
}

int file_number(int file)
{
    struct stat status;
    return fstat(file, &status) != 0 ? -1 : number_of(&status);
}

int new_file(const struct stat *status)
{
    if (recorded->files == FILES_MAX) {
        recorded->is_full = true;
        return -1;
    }
    recorded->file[recorded->files].inode = status->st_ino;
    recorded->file[recorded->files].device = status->st_dev;
    return recorded->files++;
}

struct entry *add_entry(enum kind kind, int file, int name)
{
    static struct entry none;
    if (recorded->entries == ENTRIES_MAX) {
        recorded->is_full = true;
        return &none;
    }
    struct entry *entry = &recorded->entry[recorded->entries++];
    *entry = (struct entry){.kind = kind, .file = file, .name = name};
    return entry;
}

unsigned char *add_bytes(size_t len)
{
    if (recorded->room - recorded->used < len) {
        recorded->is_full = true;
        return NULL;
    }
    recorded->used += len;
    return recorded->bytes + recorded->used - len;
}

static void take_file(const char *path)
{
    struct stat status;
    int name = name_number(path), number = -1;
    if (name >= 0 && stat(path, &status) == 0) number = new_file(&status);
    if (number >= 0) recorded->first_name[number] = name;
}

/* Takes all that is in a folder as what is on the disk. */
static void take_files(const char *folder)
{
    DIR *names = opendir(folder);
    for (struct dirent *it; names != NULL && (it = readdir(names)) != NULL;) {
        char path[4096 + 260];
        snprintf(path, sizeof path, "%s/%s", folder, it->d_name);
        if (it->d_type == DT_REG) take_file(path);
        if (it->d_type != DT_DIR || it->d_name[0] == '.') continue;
        int name = name_number(path);
        if (name >= 0) recorded->first_folder[recorded->first_folders++] = name;
        take_files(path);
    }
    if (names != NULL) closedir(names);
}

void record_begin(struct recording *recording, const char *folder)
{
    snprintf(recording->folder, sizeof recording->folder, "%s", folder);
    recording->entries = recording->files = recording->names = 0;
    recording->used = 0;
    recording->is_full = false;
    recorded = recording;
    recorded->first_folders = 0;
    name_number(folder);
    take_files(folder);
    recorded->first_files = recorded->files;
}

void record_end(void)
{
    recorded = NULL;
}

int record_mark(void)
{
    pthread_mutex_lock(&recorded->lock);
    int place = recorded->entries;
    add_entry(ENTRY_MARK, -1, -1);
    pthread_mutex_unlock(&recorded->lock);
    return place;
}

void record_without_rename(bool lacks)
{
    lacks_rename = lacks;
}

void record_lie(enum lie lie)
{
    planted_lie = lie;
}
