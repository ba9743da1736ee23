/* A log that keeps its records, and looks for some of them. */

#ifndef RECORDS_H
#define RECORDS_H

#include <pthread.h>

#include "check.h"

enum { RECORDS_MAX = 4096 };

/* A record that was received. */
struct record {
    int32_t level;
    int64_t time_ms;
    char topic[16], store[4200], message[512];
};

/* The records that were received, in their order, and the ends of the user data. */
static struct records {
    pthread_mutex_t mutex;
    int count, ends;
    struct record all[RECORDS_MAX];
} records = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static MAYBE_UNUSED void keep_record(void *user_data, const kv_log_record *record)
{
    struct records *kept = user_data;
    pthread_mutex_lock(&kept->mutex);
    CHECK_EQUAL(record->size, sizeof *record);
    CHECK_EQUAL(kept->ends, 0);
    if (kept->count < RECORDS_MAX) {
        struct record *it = &kept->all[kept->count++];
        it->level = record->level;
        it->time_ms = record->time_ms;
        snprintf(it->topic, sizeof it->topic, "%s", record->topic);
        snprintf(it->store, sizeof it->store, "%s", record->store);
        snprintf(it->message, sizeof it->message, "%s", record->message);
    }
    pthread_mutex_unlock(&kept->mutex);
}

static MAYBE_UNUSED void end_records(void *user_data)
{
    struct records *kept = user_data;
    pthread_mutex_lock(&kept->mutex);
    kept->ends++;
    pthread_mutex_unlock(&kept->mutex);
}

/* Keeps the records of a level and above from now on. */
static MAYBE_UNUSED void begin_log(int32_t level)
{
    records.count = records.ends = 0;
    EXPECT(kv_set_log(level, keep_record, &records, end_records, &error), KV_OK);
}

/* Ends the log, after which all its records are there. */
static MAYBE_UNUSED void end_log(void)
{
    EXPECT(kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(records.ends, 1);
}

/* Returns the next record with a topic after `record`, or the first one after NULL; NULL if there
 * is none. */
static MAYBE_UNUSED const struct record *next_of(const char *topic, const struct record *record)
{
    for (int i = record == NULL ? 0 : (int)(record - records.all) + 1; i < records.count; i++)
        if (strcmp(records.all[i].topic, topic) == 0) return &records.all[i];
    return NULL;
}

/* Returns how many records have a topic. */
static MAYBE_UNUSED int count_of(const char *topic)
{
    int count = 0;
    for (const struct record *it = NULL; (it = next_of(topic, it)) != NULL;) count++;
    return count;
}

/* Fails unless there is exactly one record of a topic, with this level, and these words in its
 * message; returns it. */
static MAYBE_UNUSED const struct record *one_of(const char *topic, int32_t level, const char *words)
{
    const struct record *found = next_of(topic, NULL);
    if (count_of(topic) != 1) FAIL("%d records of the topic %s", count_of(topic), topic);
    if (found == NULL) return &records.all[0];
    CHECK_EQUAL(found->level, level);
    if (strstr(found->message, words) == NULL)
        FAIL("\"%s\" does not have the words \"%s\"", found->message, words);
    return found;
}

/* Fails if any record has a text. */
static MAYBE_UNUSED void no_record_has(const char *text)
{
    for (int i = 0; i < records.count; i++)
        if (strstr(records.all[i].message, text) != NULL ||
            strstr(records.all[i].store, text) != NULL)
            FAIL("\"%s: %s\" has \"%s\"", records.all[i].store, records.all[i].message, text);
}

#endif
