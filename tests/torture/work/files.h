/* Folders and files of the runs. */
#ifndef FILES_H
#define FILES_H

#include <stdio.h>

/* Copies a file; what fails ends the program. */
void copy_file(const char *from, const char *to);

/* Copies the files of a folder into another; removes all that is in a folder. */
void copy_files(const char *from, const char *to);
void remove_files(const char *folder);

/* Violates the rules if a folder has a file. */
void check_nothing_left(const char *folder);

#endif
