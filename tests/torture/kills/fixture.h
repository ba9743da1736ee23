/* The contents of a file of format 1, as the text beside it lists them. */
#ifndef FIXTURE_H
#define FIXTURE_H

/* Copies a database, and the log beside it if there is one, to kv.db of the folder. */
void take_fixture(const char *name);

/* Compares the entries of the store, but those of the actors, with the list of the fixture. */
void check_fixture(const char *name);

#endif
