/* The checks after a kill, in a process of its own. */
#ifndef CHECKER_H
#define CHECKER_H

#include <stdbool.h>

/* Checks the file; `quiet` if no process works. */
void check_after_kill(bool quiet);

/* Checks the file once more, when all processes have ended, and what is left beside it. */
void check_in_the_end(void);

#endif
