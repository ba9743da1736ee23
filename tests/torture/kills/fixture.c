/* Files of format 1, and the comparison of a store with the lists beside them. */

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cells.h"
#include "scenario.h"
#include "sha1.h"

/* Longer bytes stand in a list as length and hash. */
enum { SPELLED_MAX = 100, LINE_LEN = 2000 };

static FILE *open_fixture(const char *name, const char *end)
{
    const char *fixtures = getenv("KV_FIXTURES");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", fixtures == NULL ? "." : fixtures, name, end);
    return fopen(path, "rb");
}

static void copy_file(FILE *from, const char *name)
{
    char buffer[65536];
    size_t len;
    FILE *to = fopen(path_of(name), "wb");
    if (to == NULL) {
        violate("%s cannot be made", name);
        return;
    }
    while ((len = fread(buffer, 1, sizeof buffer, from)) > 0) fwrite(buffer, 1, len, to);
    fclose(to);
}

void take_fixture(const char *name)
{
    FILE *database = open_fixture(name, ".db"), *log = open_fixture(name, ".db-wal");
    if (database == NULL) {
        violate("there is no fixture %s", name);
        return;
    }
    copy_file(database, "kv.db");
    if (log != NULL) copy_file(log, "kv.db-wal");
    fclose(database);
    if (log != NULL) fclose(log);
}

/* Adds bytes in the spelling of the lists. */
static size_t spell(char *to, const unsigned char *bytes, size_t len)
{
    static const char escaped[] = "\t\r\n'\"\\", letters[] = "trn'\"\\";
    size_t at = 0;
    if (len > SPELLED_MAX) {
        char hash[41];
        sha1(bytes, len, hash);
        return (size_t)sprintf(to, "%zu:sha1:%s", len, hash);
    }
    to[at++] = '"';
    for (size_t i = 0; i < len; i++) {
        const char *letter = bytes[i] == 0 ? NULL : strchr(escaped, bytes[i]);
        if (letter != NULL)
            at += (size_t)sprintf(to + at, "\\%c", letters[letter - escaped]);
        else if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            at += (size_t)sprintf(to + at, "\\x%02x", bytes[i]);
        else
            to[at++] = (char)bytes[i];
    }
    to[at++] = '"';
    to[at] = '\0';
    return at;
}

static void spell_entry(char *line, const kv_entry *group, const kv_entry *entry)
{
    size_t at = (size_t)sprintf(line, "entry ");
    at += spell(line + at, group->group, group->group_len);
    line[at++] = ' ';
    at += spell(line + at, entry->key, entry->key_len);
    at += (size_t)sprintf(line + at, " version=%llu expires=", (unsigned long long)entry->version);
    if (entry->expires_at_ms == -1)
        at += (size_t)sprintf(line + at, "never value=");
    else
        at += (size_t)sprintf(line + at, "%lld value=", (long long)entry->expires_at_ms);
    at += spell(line + at, entry->value, entry->value_len);
    sprintf(line + at, "\n");
}

/* Reads the next line of an entry; the empty line is the end. */
static void next_line(FILE *list, char *line)
{
    while (fgets(line, LINE_LEN, list) != NULL)
        if (strncmp(line, "entry ", 6) == 0) return;
    line[0] = '\0';
}

static void check_group(FILE *list, const kv_entry *group)
{
    char line[LINE_LEN], expected[LINE_LEN];
    kv_cursor cursor;
    kv_entry entry;
    kv_status status = kv_scan(store, group->group, group->group_len, NULL, &cursor, &failure);
    if (!must("kv_scan", status)) return;
    while (!shared->has_failed && (status = kv_cursor_next(cursor, &entry, &failure)) == KV_OK) {
        spell_entry(line, group, &entry);
        next_line(list, expected);
        if (strcmp(line, expected) != 0)
            violate("an entry is \"%.200s\" instead of \"%.200s\"", line, expected);
    }
    if (status != KV_DONE) must("kv_cursor_next", status);
    kv_cursor_close(cursor, NULL);
}

void check_fixture(const char *name)
{
    char rest[LINE_LEN];
    kv_cursor groups;
    kv_entry group;
    FILE *list = open_fixture(name, ".txt");
    if (list == NULL) {
        violate("there is no list of %s", name);
        return;
    }
    if (!must("kv_groups", kv_groups(store, NULL, 0, &groups, &failure))) return;
    while (!shared->has_failed && kv_cursor_next(groups, &group, &failure) == KV_OK) {
        if (group.group_len > 5 && memcmp(group.group, "actor", 5) == 0) continue;
        check_group(list, &group);
    }
    kv_cursor_close(groups, NULL);
    next_line(list, rest);
    if (rest[0] != '\0') violate("an entry is missing: %.200s", rest);
    fclose(list);
}
