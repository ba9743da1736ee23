/* Folders and files of the runs. */

#include "files.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "rules.h"

static void fail(const char *path)
{
    perror(path);
    exit(2);
}

void copy_file(const char *from, const char *to)
{
    char buffer[65536];
    size_t len;
    FILE *source = fopen(from, "rb"), *target = fopen(to, "wb");
    if (source == NULL || target == NULL) fail(from);
    while ((len = fread(buffer, 1, sizeof buffer, source)) > 0)
        if (fwrite(buffer, 1, len, target) != len) fail(to);
    fclose(source);
    if (fclose(target) != 0) fail(to);
}

/* Calls `each` with the paths of the files of a folder. */
static void for_files(const char *folder, void (*each)(const char *path, const char *name))
{
    DIR *files = opendir(folder);
    if (files == NULL) fail(folder);
    for (struct dirent *it; (it = readdir(files)) != NULL;) {
        char path[4096];
        if (it->d_name[0] == '.' && (it->d_name[1] == '\0' || it->d_name[1] == '.')) continue;
        snprintf(path, sizeof path, "%s/%s", folder, it->d_name);
        each(path, it->d_name);
    }
    closedir(files);
}

static const char *copied_to;

static void copy_one(const char *path, const char *name)
{
    char to[4096];
    snprintf(to, sizeof to, "%s/%s", copied_to, name);
    copy_file(path, to);
}

void copy_files(const char *from, const char *to)
{
    copied_to = to;
    for_files(from, copy_one);
}

static void remove_one(const char *path, const char *name)
{
    (void)name;
    if (unlink(path) == 0) return;
    remove_files(path);
    if (rmdir(path) != 0) fail(path);
}

void remove_files(const char *folder)
{
    for_files(folder, remove_one);
}

static void report_one(const char *path, const char *name)
{
    (void)path;
    violate("an opening that failed has left %s", name);
}

void check_nothing_left(const char *folder)
{
    for_files(folder, report_one);
}
