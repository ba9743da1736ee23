/* The metrics as text: each line is well formed, and the numbers are those of the structures. */

#define _DEFAULT_SOURCE
#include <ctype.h>
#include <unistd.h>

#include "system.h"

enum { FAMILIES_MAX = 128, LINE_MAX_LEN = 8192 };

/* A metric: its name and type, and the samples that were read. */
struct family {
    char name[64], type[16];
    int samples;
};

static struct family families[FAMILIES_MAX];
static int family_count;
static kv_store store;
/* The value of the label store, escaped. */
static const char *label;
/* The histogram that is read: its labels without le, the last bound and count, and its end. */
static char series[LINE_MAX_LEN];
static double last_bound, last_count, infinite;

static bool is_name(const char *text)
{
    bool right = strncmp(text, "kv_", 3) == 0;
    for (const char *at = text; *at != '\0'; at++) right &= islower((unsigned char)*at) || *at == '_';
    return right;
}

/* Reads "# HELP NAME TEXT" and then "# TYPE NAME TYPE". */
static void read_comment(const char *line)
{
    char name[64], type[16];
    struct family *last = &families[family_count - 1];
    if (sscanf(line, "# HELP %63s %15s", name, type) == 2) {
        CHECK(is_name(name) && family_count < FAMILIES_MAX);
        for (int i = 0; i < family_count; i++) CHECK(strcmp(families[i].name, name) != 0);
        families[family_count] = (struct family){0};
        strcpy(families[family_count++].name, name);
    } else if (sscanf(line, "# TYPE %63s %15s", name, type) == 2) {
        CHECK(family_count > 0 && strcmp(last->name, name) == 0 && last->type[0] == '\0');
        CHECK(strcmp(type, "counter") == 0 || strcmp(type, "gauge") == 0 ||
              strcmp(type, "histogram") == 0);
        size_t len = strlen(name);
        bool is_total = len > 6 && strcmp(name + len - 6, "_total") == 0;
        CHECK_EQUAL(is_total, strcmp(type, "counter") == 0);
        strcpy(last->type, type);
    } else {
        FAIL("\"%s\" is neither HELP nor TYPE", line);
    }
}

/* Returns the value of a label without its quotes, or NULL. */
static const char *label_of(const char *labels, const char *name)
{
    static char value[LINE_MAX_LEN];
    char wanted[32];
    snprintf(wanted, sizeof wanted, "%s=\"", name);
    const char *at = strstr(labels, wanted);
    if (at == NULL) return NULL;
    size_t len = 0;
    for (at += strlen(wanted); *at != '"'; at++) {
        value[len++] = *at;
        if (*at == '\\') value[len++] = *++at;
    }
    value[len] = '\0';
    return value;
}

/* A sample of a histogram: each bucket has those before it, and the last one is the count. */
static void read_histogram(const char *suffix, char *labels, double number)
{
    char *bound = strstr(labels, ",le=\"");
    double le = -1;
    if (strcmp(suffix, "_bucket") == 0) {
        CHECK(bound != NULL);
        if (bound == NULL) return;
        bool is_last = strcmp(bound, ",le=\"+Inf\"") == 0;
        le = is_last ? 1e300 : strtod(bound + 5, NULL);
        *bound = '\0';
        if (strcmp(series, labels) != 0) {
            snprintf(series, sizeof series, "%s", labels);
            last_bound = last_count = infinite = -1;
        }
        CHECK(le > last_bound && number >= last_count);
        last_bound = le;
        last_count = number;
        if (is_last) infinite = number;
    } else if (strcmp(suffix, "_count") == 0) {
        CHECK(strcmp(series, labels) == 0 && number == infinite);
    } else {
        CHECK(strcmp(suffix, "_sum") == 0 && strcmp(series, labels) == 0);
    }
}

/* Reads "NAME{LABELS} NUMBER". */
static void read_sample(char *line)
{
    struct family *family = &families[family_count - 1];
    char *labels = strchr(line, '{'), *end = strrchr(line, '}'), *rest;
    if (family_count == 0 || labels == NULL || end == NULL || end[1] != ' ') {
        FAIL("\"%s\" is no sample", line);
        return;
    }
    *labels++ = *end = '\0';
    double number = strtod(end + 2, &rest);
    CHECK(rest != end + 2 && *rest == '\0' && number >= 0);
    const char *name = label_of(labels, "store");
    if (name == NULL || strcmp(name, label) != 0)
        FAIL("%s has the store %s, expected %s", line, name == NULL ? "-" : name, label);
    CHECK(strncmp(line, family->name, strlen(family->name)) == 0);
    const char *suffix = line + strlen(family->name);
    if (strcmp(family->type, "histogram") == 0) read_histogram(suffix, labels, number);
    else CHECK(*suffix == '\0' && label_of(labels, "le") == NULL);
    family->samples++;
}

/* The text as a string, which the caller frees. */
static char *text_of(kv_store of)
{
    kv_value value;
    EXPECT(kv_metrics_text(of, &value, &error), KV_OK);
    CHECK(value.version == 0 && value.len > 1000 && value.data[value.len - 1] == '\n');
    CHECK(memchr(value.data, 0, value.len) == NULL);
    char *text = malloc(value.len + 1);
    memcpy(text, value.data, value.len);
    text[value.len] = '\0';
    kv_value_free(&value);
    return text;
}

/* Reads a text, and fails where a line is malformed. */
static void check_text_is_well_formed(char *text)
{
    family_count = 0;
    series[0] = '\0';
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (*line == '#') read_comment(line);
        else read_sample(line);
    }
    CHECK(family_count > 50);
    for (int i = 0; i < family_count; i++)
        CHECK(families[i].type[0] != '\0' && families[i].samples > 0);
}

/* The sample that begins with `start`, or -1. */
static double number_of(const char *text, const char *start)
{
    const char *at = strstr(text, start);
    if (at == NULL || (at != text && at[-1] != '\n')) return -1;
    at = strchr(at, '\n') == NULL ? NULL : strstr(at, "} ");
    return at == NULL ? -1 : strtod(at + 2, NULL);
}

/* Some calls of several kinds, and one that fails. */
static void use_the_store(void)
{
    kv_value value;
    for (int i = 0; i < 200; i++)
        EXPECT(kv_set(store, "g", 1, &i, sizeof i, "value", 5, &error), KV_OK);
    for (int i = 0; i < 200; i++) {
        EXPECT(kv_get(store, "g", 1, &i, sizeof i, &value, &error), KV_OK);
        kv_value_free(&value);
    }
    EXPECT(kv_count(store, "g", 1, &(uint64_t){0}, &error), KV_OK);
    EXPECT(kv_count(store, "g", 1, NULL, &error), KV_ERR_ARGUMENT);
}

static void each_line_is_well_formed(void)
{
    use_the_store();
    char *text = text_of(store);
    check_text_is_well_formed(text);
    free(text);
}

static void the_numbers_are_those_of_the_structures(void)
{
    kv_metrics metrics = KV_METRICS_INIT;
    kv_call_metrics counts = KV_CALL_METRICS_INIT;
    char *text = text_of(store);
    EXPECT(kv_metrics_get(store, &metrics, &error), KV_OK);
    EXPECT(kv_call_metrics_get(store, KV_CALL_COUNT, &counts, &error), KV_OK);
    CHECK_EQUAL(number_of(text, "kv_commits_total{"), metrics.commits);
    CHECK_EQUAL(number_of(text, "kv_reads_found_total{"), metrics.hits);
    CHECK_EQUAL(number_of(text, "kv_file_bytes{"), metrics.file_bytes);
    CHECK_EQUAL(number_of(text, "kv_commit_group_size_count{"), metrics.transactions);
    CHECK_EQUAL(number_of(text, "kv_commit_group_size_sum{"), metrics.commits);
    char start[LINE_MAX_LEN];
    snprintf(start, sizeof start, "kv_call_errors_total{store=\"%s\",kind=\"count\"}", label);
    CHECK_EQUAL(number_of(text, start), counts.errors);
    snprintf(start, sizeof start, "kv_call_duration_seconds_count{store=\"%s\",kind=\"count\"}",
             label);
    CHECK_EQUAL(number_of(text, start), counts.calls);
    snprintf(start, sizeof start, "kv_call_duration_seconds_sum{store=\"%s\",kind=\"count\"}",
             label);
    double sum = number_of(text, start) * 1e9 - (double)counts.total_ns;
    CHECK(sum > -1 && sum < 1);
    /* A kind without calls has no lines. */
    CHECK(strstr(text, "kind=\"copy\"") == NULL);
    free(text);
}

static void options_and_namespaces_are_not_in_the_text(void)
{
    kv_store scope;
    EXPECT(kv_scope(store, "tenant", &scope, &error), KV_OK);
    char *text = text_of(scope);
    CHECK(strstr(text, "slow=") == NULL && strstr(text, "tenant") == NULL);
    check_text_is_well_formed(text);
    free(text);
    EXPECT(kv_close(scope, &error), KV_OK);
}

static void a_text_outlives_its_store(void)
{
    kv_value value;
    kv_store brief = check_open("memory:");
    EXPECT(kv_metrics_text(brief, &value, &error), KV_OK);
    EXPECT(kv_close(brief, &error), KV_OK);
    CHECK(value.len > 0 && value.data[0] == '#');
    kv_value_free(&value);
    CHECK(value.data == NULL);
}

/* The test notices lines that are malformed. */
static void malformed_lines_are_noticed(void)
{
    const char *const texts[] = {
        "kv_a{store=\"s\"} 1\n", "# HELP kv_a A.\nkv_a 1\n",
        "# HELP kv_a A.\n# TYPE kv_a counter\nkv_a{store=\"s\"} 1\n",
        "# HELP kv_h A.\n# TYPE kv_h histogram\nkv_h_bucket{store=\"s\",le=\"1\"} 2\n"
        "kv_h_bucket{store=\"s\",le=\"+Inf\"} 1\n",
        "# HELP kv_h A.\n# TYPE kv_h histogram\nkv_h_bucket{store=\"s\",le=\"+Inf\"} 1\n"
        "kv_h_count{store=\"s\"} 2\n",
        "# HELP kv_a A.\n# TYPE kv_a gauge\nkv_a{store=\"other\"} 1\n",
        "# HELP kv_a A.\n# TYPE kv_a gauge\nkv_a{store=\"s\"} one\n",
    };
    const char *right = label;
    label = "s";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int before = check_failures, found;
        char *text = strdup(texts[i]);
        fflush(NULL);
        int saved = dup(2);
        if (freopen(NULL_DEVICE, "w", stderr) == NULL) abort();
        check_text_is_well_formed(text);
        fflush(stderr);
        dup2(saved, 2);
        close(saved);
        /* One failure is that there are few families. */
        found = check_failures - before;
        check_failures = before;
        if (found < 2) FAIL("this text is not noticed: %s", texts[i]);
        free(text);
    }
    label = right;
}

static void walk(const char *location, const char *name, const char *escaped)
{
    check_program = name;
    label = escaped;
    store = check_open(location);
    RUN(each_line_is_well_formed);
    RUN(the_numbers_are_those_of_the_structures);
    RUN(options_and_namespaces_are_not_in_the_text);
    EXPECT(kv_close(store, &error), KV_OK);
}

/* A name with each letter that is escaped; on Windows its folders are separated by one of them. */
#ifdef _WIN32
#define ODD_NAME "odd"
#else
#define ODD_NAME "a\"b\\c\nd"
#endif

/* Writes a path as it is in a label. */
static void escape(const char *path, char *to)
{
    for (; *path != '\0'; path++) {
        if (*path == '"' || *path == '\\' || *path == '\n') *to++ = '\\';
        *to++ = *path == '\n' ? 'n' : *path;
    }
    *to = '\0';
}

int main(int argc, char **argv)
{
    char uri[8400], path[4200], folder[4096], escaped[8500];
    check_begin(argc, argv, "metrics_text");
    RUN(malformed_lines_are_noticed);
    RUN(a_text_outlives_its_store);
    walk("memory:?slow=1h", "metrics_text in memory", "memory:");
    snprintf(folder, sizeof folder, "%s", check_path(ODD_NAME));
    CHECK(make_folder(folder));
    snprintf(uri, sizeof uri, "%s/text.db", folder);
    full_path(folder, "text.db", path, sizeof path);
    escape(path, escaped);
    walk(uri, "metrics_text in a file", escaped);
    snprintf(uri, sizeof uri, "log:%s?slow=1h", check_path("text.log"));
    snprintf(path, sizeof path, "log:%s", check_path("text.log"));
    escape(path, escaped);
    walk(uri, "metrics_text in a log", escaped);
    return check_end();
}
