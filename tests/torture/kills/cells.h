/* The oracle: entries that one actor writes, and what may be read in them. */
#ifndef CELLS_H
#define CELLS_H

#include "shared.h"

/* The number of a write, and how many were applied with it. */
uint64_t serial_of(state it);
uint64_t ordinal_of(state it);

/* The state that the cell has if it is deleted, or was never written. */
bool is_gone(int cell, state it);

/* The cells that are batches, and transactions; the others are single entries. */
enum { BATCH_CELL = CELLS - 2, TRANSACTION_CELL = CELLS - 1 };

/* The names of a cell. */
const char *group_of(int actor);
const char *key_of(int cell, int entry);
int entries_of(int cell);

/* The cell that a change is about: the number of actor and cell, or -1. */
int cell_of_names(const kv_event *event);

/* Writes the next value of a cell, or deletes it, and keeps the oracle. */
void write_cell(int actor, int cell);

/* Reads a cell of this actor, in which nothing is in flight. */
void read_own_cell(int actor, int cell);

/* Reads a cell and compares it; `idle` if its actor is stopped or was killed. Then, if `settles`,
   it also becomes known whether the write in flight was applied. */
void check_cell(int actor, int cell, bool idle, bool settles);

/* Returns whether a cell has values that were written, and no half of a unit. */
bool is_whole(int actor, int cell);

/* The serial and the ordinal in a value, which must be whole; false after a violation. */
bool read_value(int actor, int cell, const void *value, size_t len, state *it);

/* Judges a status that the contract does not allow here. */
bool must(const char *call, kv_status status);

/* The state of the store that is left out of the rules: planted faults. */
enum planted { PLANTED_NOTHING, PLANTED_EARLY, PLANTED_HALF, PLANTED_USAGE, PLANTED_TWICE };
extern enum planted planted;

#endif
