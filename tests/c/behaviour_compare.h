/* The results of a call of a behaviour case, beside the expected ones. */

#ifndef BEHAVIOUR_COMPARE_H
#define BEHAVIOUR_COMPARE_H

#include "behaviour_run.h"

/* As far below the ttl that was written as a reading may be; it may be 1 above. */
enum { SLACK_MS = 60000 };

static const char *returned_text(const char *name)
{
    for (int i = 0; i < returned.count; i++)
        if (strcmp(returned.names[i], name) == 0) return returned.texts[i];
    return NULL;
}

static void differ(const char *call, const char *field, const char *expected, const char *found)
{
    end_with(DIFFERED, "%s: %s: expected %.200s, returned %.200s", call, field, expected,
             found == NULL ? "none" : found);
}

/* Answers whether a name is among those between commas. */
static bool is_among(const char *name, const char *names)
{
    size_t len = strlen(name);
    for (const char *at = names; at != NULL; at = strchr(at, ',')) {
        if (*at == ',') at++;
        if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0')) return true;
    }
    return false;
}

static bool is_within(const char *expected, const char *found)
{
    if (strcmp(expected, "never") == 0 || strcmp(found, "never") == 0)
        return strcmp(expected, found) == 0;
    int64_t written = number_of_text(expected), left = number_of_text(found);
    return left >= written - SLACK_MS && left <= written + 1;
}

/* Compares one expectation with what was returned. */
static void compare(struct line *line, const char *field, const char *expected)
{
    const char *found = returned_text(strcmp(field, "newer_than") == 0 ? "version" : field);
    bool is_same;
    if (strcmp(field, "status") == 0) {
        found = status_name(returned.status);
        is_same = is_among(found, expected);
    } else if (found == NULL) {
        is_same = false;
    } else if (strcmp(field, "ttl") == 0) {
        is_same = is_within(expected, found);
    } else if (strcmp(field, "version") == 0) {
        is_same = strtoull(found, NULL, 10) == version_of_text(expected);
    } else if (strcmp(field, "newer_than") == 0) {
        is_same = strtoull(found, NULL, 10) > version_of_text(expected);
    } else {
        is_same = strcmp(found, expected) == 0;
    }
    if (!is_same) differ(line->columns[1], field, expected, found);
}

static void compare_list(struct call *call)
{
    const char *name = call->line.columns[1];
    if (returned.list_count != call->wanted_count)
        differ(name, "elements", textf("%d", call->wanted_count),
               textf("%d", returned.list_count));
    for (int i = 0; i < call->wanted_count; i++)
        if (strcmp(returned.list[i], call->wanted[i]) != 0)
            differ(name, textf("element %d", i), call->wanted[i], returned.list[i]);
}

#endif
