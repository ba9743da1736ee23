/* The files that a workload begins with, made in a process of its own. */

#define _GNU_SOURCE
#include "prepare.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"

/* The oracle that this process keeps for others. */
static struct oracle *kept;

void keep_oracle(void)
{
    *kept = oracle;
}

int status_of(pid_t child)
{
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("a run");
        exit(2);
    }
    return status;
}

void make_places(struct places *places, const char *below)
{
    snprintf(places->run, sizeof places->run, "%s/torture.XXXXXX", below);
    if (mkdtemp(places->run) == NULL) {
        perror(places->run);
        exit(2);
    }
    snprintf(places->prepared, sizeof places->prepared, "%.4000s/prepared", places->run);
    strcat(places->run, "/run");
    if (mkdir(places->prepared, 0700) != 0 || mkdir(places->run, 0700) != 0) exit(2);
}

void remove_places(struct places *places)
{
    *strrchr(places->run, '/') = '\0';
    remove_files(places->run);
    rmdir(places->run);
}

void prepare(struct shared *shared, const struct places *places)
{
    outcome = &shared->outcome;
    kept = &shared->prepared;
    pid_t child = fork();
    if (child == 0) {
        folder = places->prepared;
        if (workload->prepare == NULL) _exit(0);
        if (workload->opens || open_store(NULL)) workload->prepare();
        close_store();
        keep_oracle();
        _exit(0);
    }
    int status = status_of(child);
    bool ended = WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL;
    if (ended && shared->outcome.violation[0] == '\0') return;
    fprintf(stderr, "%s cannot be prepared: %s\n", workload->name, shared->outcome.violation);
    exit(2);
}
