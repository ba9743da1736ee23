/* Workloads that break the rules: a runner that finds nothing in them finds nothing at all. */

#include "steps.h"

static void fill_little(void)
{
    fill(2, 100);
}

/* A write is acknowledged and was not made. */
static void lose(void)
{
    struct unit *lost = unit_of("g", "lost", 1, 100);
    unit_end(lost, unit_begin(lost), true);
}

const struct workload PLANTED_LOSS = {
    .name = "planted loss",
    .options = "",
    .prepare = fill_little,
    .run = lose,
};

/* Of a batch that has failed, some keys are there. */
static void tear(void)
{
    struct unit *torn = unit_of("g", "torn", 3, 100);
    int serial = unit_begin(torn);
    for (int at = 0; at < 2; at++) {
        size_t len;
        const unsigned char *value = unit_value(torn, at, serial, &len);
        kv_set(store, torn->group, KV_NUL, unit_key(torn, at), KV_NUL, value, len, NULL);
    }
    unit_end(torn, serial, false);
}

const struct workload PLANTED_HALF = {
    .name = "planted half",
    .options = "",
    .prepare = fill_little,
    .run = tear,
};

/* A failure has the number of another call. */
static void mistake(void)
{
    struct unit *a = unit_of("g", "a", 1, 100);
    injected.error++;
    set_unit(a);
    injected.error--;
}

const struct workload PLANTED_NUMBER = {
    .name = "planted number",
    .options = "",
    .prepare = fill_little,
    .run = mistake,
};

/* A process ends in the middle. */
static void crash(void)
{
    *(volatile int *)0 = 1;
}

const struct workload PLANTED_CRASH = {
    .name = "planted crash",
    .options = "",
    .prepare = fill_little,
    .run = crash,
};
