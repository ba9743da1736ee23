/* The oracle: units of keys, their values, and the comparison with a store. */

#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oracle oracle;
const struct listener *listener;

struct unit *unit_of(const char *group, const char *name, int keys, size_t len)
{
    for (int i = 0; i < oracle.count; i++) {
        struct unit *unit = &oracle.units[i];
        if (strcmp(unit->name, name) == 0 && strcmp(unit->group, group) == 0) return unit;
    }
    if (oracle.count == UNITS_MAX) abort();
    struct unit *unit = &oracle.units[oracle.count++];
    *unit = (struct unit){.group = group, .keys = keys, .len = len};
    snprintf(unit->name, sizeof unit->name, "%s", name);
    return unit;
}

int unit_begin(struct unit *unit)
{
    int serial = ++unit->last;
    if (listener != NULL) listener->begun(unit, serial);
    return serial;
}

void unit_revert(struct unit *unit, int serial)
{
    if (listener != NULL) listener->begun(unit, serial);
}

void unit_end(struct unit *unit, int serial, bool is_acknowledged)
{
    if (listener != NULL) listener->ended(unit, is_acknowledged);
    if (is_acknowledged) {
        unit->acknowledged = serial;
        unit->unsure_count = 0;
        return;
    }
    if (unit->unsure_count == SERIALS_MAX) abort();
    unit->unsure[unit->unsure_count++] = serial;
}

void unit_abandon(const struct unit *unit)
{
    if (listener != NULL) listener->ended(unit, false);
}

const char *unit_key(const struct unit *unit, int at)
{
    static _Thread_local char key[40];
    snprintf(key, sizeof key, "%s/%d", unit->name, at);
    return key;
}

const unsigned char *unit_value(const struct unit *unit, int at, int serial, size_t *len)
{
    static _Thread_local unsigned char value[VALUE_LEN_MAX];
    *len = unit->len + (unit->len / 16 + 1) * (size_t)(serial % 7) + 24;
    if (*len > sizeof value) abort();
    memset(value, 'a' + serial % 26, *len);
    /* The serial at both ends: the pages of a torn value would disagree. */
    snprintf((char *)value, 20, "%d.%d", serial, at);
    snprintf((char *)value + *len - 20, 20, "%d.%d", serial, at);
    return value;
}

/* Whether a value is that of a write; NULL is an absent key. */
static bool is_of(const struct unit *unit, int at, int serial, const kv_value *value)
{
    if (serial == 0 || value == NULL) return serial == 0 && value == NULL;
    size_t len;
    const unsigned char *expected = unit_value(unit, at, serial, &len);
    return value->len == len && memcmp(value->data, expected, len) == 0;
}

/* The serial that a value begins with; 0, which no value has, if it is none. */
static int serial_of(const kv_value *value)
{
    char text[12] = "";
    memcpy(text, value->data, value->len < 11 ? value->len : 11);
    int serial = atoi(text);
    return serial < 0 ? 0 : serial;
}

int unit_read(kv_store store, const struct unit *unit, kv_error *error)
{
    int found = -2;
    for (int at = 0; at < unit->keys; at++) {
        kv_value value;
        kv_status status =
            kv_get(store, unit->group, KV_NUL, unit_key(unit, at), KV_NUL, &value, error);
        if (status < 0) return -1;
        const kv_value *there = status == KV_OK ? &value : NULL;
        int serial = there == NULL ? 0 : serial_of(there);
        bool is_whole = serial <= unit->last && is_of(unit, at, serial, there);
        kv_value_free(&value);
        if (!is_whole || (at > 0 && serial != found)) return -2;
        found = serial;
    }
    return found;
}

static bool is_allowed(const struct unit *unit, int serial)
{
    if (unit->has_expired) return serial == 0;
    bool allowed = serial == unit->acknowledged;
    for (int i = 0; i < unit->unsure_count; i++) allowed |= serial == unit->unsure[i];
    return allowed;
}

const char *oracle_compare(kv_store store)
{
    static char difference[400];
    for (int i = 0; i < oracle.count; i++) {
        const struct unit *unit = &oracle.units[i];
        kv_error error = {0};
        int serial = unit_read(store, unit, &error);
        if (serial >= 0 && is_allowed(unit, serial)) continue;
        snprintf(difference, sizeof difference,
                 serial == -1   ? "unit %s cannot be read: status %d, %s"
                 : serial == -2 ? "unit %s is half of a write (acknowledged: %d) %s"
                                : "unit %s has write %d%s, which is not the acknowledged one",
                 unit->name, serial == -1 ? error.code : serial == -2 ? unit->acknowledged : serial,
                 serial == -1 ? error.message : "");
        return difference;
    }
    return NULL;
}
