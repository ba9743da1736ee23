/* The hash of the lists of fixtures. */
#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>

/* Writes the SHA-1 of the bytes as 40 digits and a NUL. */
void sha1(const unsigned char *bytes, size_t len, char *digits);

#endif
