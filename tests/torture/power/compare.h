/* The comparison of two folders. */
#ifndef COMPARE_H
#define COMPARE_H

/* Returns a description of the first difference of two folders, without wal-indexes; or NULL. */
const char *first_difference(const char *one, const char *other);

#endif
