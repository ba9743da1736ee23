/*
 * Functions of the system that differ between systems, under one name for the tests. A case that
 * Windows cannot have stands under `#ifndef _WIN32`, with a check_skip of its reason there.
 */

#ifndef SYSTEM_H
#define SYSTEM_H

/* The feature macro of a program stands before its first include: _DEFAULT_SOURCE. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "check.h"

#ifdef _WIN32
#include "system_windows.h"
#else
#include "system_posix.h"
#endif

#endif
