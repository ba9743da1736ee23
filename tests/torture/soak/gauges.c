/* The measures of a process, read from /proc. */

#include "gauges.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "shared.h"

static uint64_t count_files(const char *path)
{
    uint64_t count = 0;
    DIR *files = opendir(path);
    if (files == NULL) return 0;
    for (struct dirent *it; (it = readdir(files)) != NULL;) count += it->d_name[0] != '.';
    closedir(files);
    return count;
}

static uint64_t count_lines(const char *path)
{
    uint64_t count = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    for (int letter; (letter = getc(file)) != EOF;) count += letter == '\n';
    fclose(file);
    return count;
}

/* The number behind a name in the status of a process. */
static uint64_t read_status(const char *path, const char *name)
{
    char line[256];
    unsigned long long number = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) sscanf(line + strlen(name), ": %llu", &number);
    fclose(file);
    return number;
}

struct gauge gauge_process(pid_t process)
{
    char path[64];
    struct gauge gauge;
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    gauge.memory = read_status(path, "VmRSS") * 1024;
    gauge.threads = read_status(path, "Threads");
    snprintf(path, sizeof path, "/proc/%d/fd", (int)process);
    gauge.descriptors = count_files(path);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
    gauge.mappings = count_lines(path);
    return gauge;
}

uint64_t length_of(const char *name)
{
    struct stat status;
    return stat(path_of(name), &status) == 0 ? (uint64_t)status.st_size : 0;
}
