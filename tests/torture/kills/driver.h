/* A run of a scenario. */
#ifndef DRIVER_H
#define DRIVER_H

/* Runs the scenario with about so many kills, and returns how many there were. A violation is in
   the shared memory. */
unsigned run_scenario(unsigned kills);

#endif
