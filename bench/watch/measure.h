/* Clocks, samples and where results go. */

#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include <kv.h>

/* Microseconds of a clock that all processes share. */
double now_us(void);

/* Waits for so long without sleeping, so that the caller stays awake. */
void spin_us(double us);

/* Ends the program with the message of a call that failed. */
void must(kv_status status, const kv_error *error);

/* Opens a file in the directory of this run, with options such as "changes=on" or "". */
kv_store open_file(const char *name, const char *options);

/* Watches all keys of the group "bench", or one key. */
kv_watch watch_group(kv_store store);
kv_watch watch_key(kv_store store, const char *key);

/* Sorts the samples; gives the one that `share` of them are below. */
double quantile(double *samples, size_t count, double share);

/* Takes a figure into the results that are written at the end. */
void note(const char *name, double figure);

/* Prints and notes median and 99th percentile of the samples, which it sorts. */
void note_latency(const char *name, const char *title, double *samples, size_t count);

/* The parts. */
void measure_sets(void);
void measure_same_process(void);
void measure_across_processes(void);
void measure_idle(void);

#endif
