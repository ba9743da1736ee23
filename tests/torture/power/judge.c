/*
 * The judgement of a state: for each unit, how many of its writes are there. The value of a unit
 * may be that of several writes, as absence is; so the least state is sought that is closed under
 * the rules. It begins with the least number of writes of each unit, and raises what the rules
 * demand until they demand no more.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "history.h"

struct judgement {
    const struct history *history;
    const int *found;
    struct bounds bounds;
    /* For each unit its writes by number and with their serials, and how many are there. */
    int count[UNITS_MAX], there[UNITS_MAX];
    int write[UNITS_MAX][WRITES_MAX], serial[UNITS_MAX][WRITES_MAX];
};

static char violation[400];

/* Sorts the writes that can be there by units; those of a unit have the order of their numbers. */
static void sort_writes(struct judgement *it)
{
    memset(it->count, 0, sizeof it->count);
    memset(it->there, 0, sizeof it->there);
    for (int i = 0; i < it->history->writes; i++) {
        const struct write *write = &it->history->write[i];
        if (write->span.begun >= it->bounds.upper) continue;
        for (int j = 0; j < write->effects; j++) {
            int unit = write->effect[j].unit, at = it->count[unit]++;
            it->write[unit][at] = i;
            it->serial[unit][at] = write->effect[j].serial;
        }
    }
}

/* Raises the number of writes of a unit to the next one at which it shows what was found. */
static bool raise_to(struct judgement *it, int unit, int least)
{
    for (int count = least; count <= it->count[unit]; count++) {
        int shown = count == 0 ? it->history->first[unit] : it->serial[unit][count - 1];
        if (shown != it->found[unit]) continue;
        it->there[unit] = count;
        return true;
    }
    return false;
}

/* The number of the unit's writes up to one of them, or 0 if that is not among them. */
static int count_up_to(const struct judgement *it, int unit, int write)
{
    for (int i = 0; i < it->count[unit]; i++)
        if (it->write[unit][i] == write) return i + 1;
    return 0;
}

/* The place at which the last write that is there was begun. */
static int last_begun(const struct judgement *it)
{
    int last = 0;
    for (int unit = 0; unit < oracle.count; unit++) {
        for (int i = 0; i < it->there[unit]; i++) {
            int begun = it->history->write[it->write[unit][i]].span.begun;
            if (begun > last) last = begun;
        }
    }
    return last;
}

/* Whether a write has an effect that is there. */
static bool is_there(const struct judgement *it, int number)
{
    const struct write *write = &it->history->write[number];
    for (int j = 0; j < write->effects; j++) {
        int unit = write->effect[j].unit;
        if (count_up_to(it, unit, number) > 0 && count_up_to(it, unit, number) <= it->there[unit])
            return true;
    }
    return false;
}

/* Demands the effects of a write; returns whether more is there now. */
static bool demand(struct judgement *it, int number, const char *reason, bool *has_risen)
{
    const struct write *write = &it->history->write[number];
    for (int j = 0; j < write->effects; j++) {
        int unit = write->effect[j].unit, least = count_up_to(it, unit, number);
        if (oracle.units[unit].has_expired || least <= it->there[unit]) continue;
        if (!raise_to(it, unit, least)) {
            snprintf(violation, sizeof violation, "unit %s has write %d: write %d is missing, %s",
                     oracle.units[unit].name, it->found[unit], write->effect[j].serial, reason);
            return false;
        }
        *has_risen = true;
    }
    return true;
}

/* Demands all that the rules demand of the state as it is. */
static bool demand_all(struct judgement *it, bool *has_risen)
{
    int last = last_begun(it);
    for (int i = 0; i < it->history->writes; i++) {
        const struct write *write = &it->history->write[i];
        if (write->span.begun >= it->bounds.upper) continue;
        const char *reason = NULL;
        if (write->span.ended < it->bounds.lower)
            reason = "which is safe";
        else if (write->span.ended < last)
            reason = "which was acknowledged before another one that is there was begun";
        else if (write->effects > 1 && is_there(it, i))
            reason = "of which another effect is there";
        if (reason != NULL && !demand(it, i, reason, has_risen)) return false;
    }
    return true;
}

const char *history_judge(const struct history *history, struct bounds bounds, const int *found)
{
    static struct judgement it;
    it.history = history;
    it.found = found;
    it.bounds = bounds;
    sort_writes(&it);
    for (int unit = 0; unit < oracle.count; unit++) {
        bool has_expired = oracle.units[unit].has_expired;
        if (has_expired ? found[unit] == 0 : raise_to(&it, unit, 0)) continue;
        snprintf(violation, sizeof violation,
                 has_expired ? "unit %s has write %d, which has expired"
                             : "unit %s has write %d, which was not begun, or no write",
                 oracle.units[unit].name, found[unit]);
        return violation;
    }
    for (bool has_risen = true; has_risen;) {
        has_risen = false;
        if (!demand_all(&it, &has_risen)) return violation;
    }
    return NULL;
}
