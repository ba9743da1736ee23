/* The comparison of two folders. */

#include "compare.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char difference[600];

static bool have_same_bytes(const char *one, const char *other)
{
    FILE *first = fopen(one, "rb"), *second = fopen(other, "rb");
    bool same = first != NULL && second != NULL;
    for (int byte = 0; same && byte != EOF;) {
        byte = getc(first);
        same = byte == getc(second);
    }
    if (first != NULL) fclose(first);
    if (second != NULL) fclose(second);
    return same;
}

static bool is_compared(const char *name)
{
    size_t len = strlen(name);
    if (name[0] == '.' && (len == 1 || name[1] == '.')) return false;
    return len < 4 || strcmp(name + len - 4, "-shm") != 0;
}

/* Whether all files of one folder are in the other, with the same bytes if that is asked for. */
static bool has_all(const char *one, const char *other, bool with_bytes)
{
    bool same = true;
    DIR *names = opendir(one);
    for (struct dirent *it; same && names != NULL && (it = readdir(names)) != NULL;) {
        char first[4096 + 260], second[4096 + 260];
        struct stat status;
        if (!is_compared(it->d_name)) continue;
        snprintf(first, sizeof first, "%s/%s", one, it->d_name);
        snprintf(second, sizeof second, "%s/%s", other, it->d_name);
        if (it->d_type == DT_DIR)
            same = has_all(first, second, with_bytes);
        else
            same = with_bytes ? have_same_bytes(first, second) : stat(second, &status) == 0;
        if (!same && difference[0] == '\0')
            snprintf(difference, sizeof difference, "%.500s differs", it->d_name);
    }
    if (names != NULL) closedir(names);
    return same;
}

const char *first_difference(const char *one, const char *other)
{
    difference[0] = '\0';
    bool same = has_all(one, other, true) && has_all(other, one, false);
    return same ? NULL : difference;
}
