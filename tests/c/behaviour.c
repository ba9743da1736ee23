/*
 * Runs the behaviour cases, which tests/behaviour/README.md describes, and their controls, in the
 * flat form that check.py prints: the files `cases` and `planted` of the directory KV_BEHAVIOUR.
 */

#define _DEFAULT_SOURCE

#include "behaviour_batch.h"
#include "behaviour_compare.h"
#include "behaviour_lock.h"
#include "behaviour_other.h"
#include "behaviour_stream.h"
#include "files.h"

#define CALL(name) {#name, call_##name}
static const struct {
    const char *name;
    kv_status (*make)(struct call *);
} calls[] = {
    CALL(open), CALL(close), CALL(scope), CALL(snapshot), CALL(set), CALL(put), CALL(get), CALL(entry),
    CALL(info), CALL(exists), CALL(delete), CALL(delete_version), CALL(take), CALL(increment),
    CALL(append), CALL(ttl), CALL(expire), CALL(persist), CALL(set_many), CALL(get_many),
    CALL(delete_many), CALL(scan), CALL(groups), CALL(count), CALL(count_all),
    CALL(delete_group), CALL(delete_prefix), CALL(delete_all), CALL(purge_expired),
    CALL(set_json), CALL(get_json), CALL(quota_set), CALL(quota_get), CALL(batch),
    CALL(txn_begin), CALL(txn_scan), CALL(txn_get), CALL(txn_exists), CALL(txn_ttl), CALL(txn_set),
    CALL(txn_increment), CALL(txn_append), CALL(txn_expire), CALL(txn_delete),
    CALL(txn_commit), CALL(txn_abort), CALL(watch), CALL(poll),
    CALL(idempotency_begin), CALL(idempotency_get), CALL(idempotency_complete),
    CALL(idempotency_forget), CALL(lock_acquire), CALL(lock_renew), CALL(lock_release),
    CALL(lock_get), CALL(writer_open), CALL(writer_write), CALL(writer_size), CALL(writer_commit),
    CALL(writer_abort), CALL(reader_open), CALL(reader_info), CALL(reader_read),
    CALL(reader_close),
};

static void make(struct call *call)
{
    struct line *line = &call->line;
    const char *name = line->columns[1];
    size_t i = 0, count = sizeof calls / sizeof *calls;
    while (i < count && strcmp(calls[i].name, name) != 0) i++;
    if (i == count) end_with(BROKEN, "there is no call %s", name);
    returned.count = returned.list_count = 0;
    returned.status = calls[i].make(call);
    // The status first: what else differs follows from it.
    compare(line, "status", text_of(line, "expect.status"));
    for (int column = 2; column < line->count; column++) {
        char *field = line->columns[column];
        if (strncmp(field, "expect.", 7) != 0 || strncmp(field, "expect.list=", 12) == 0) continue;
        char *expected = strchr(field, '=');
        compare(line, textf("%.*s", (int)(expected - field - 7), field + 7), expected + 1);
        line->is_used[column] = true;
    }
    if (find_text(line, "expect.state") != NULL && find_text(line, "expect.response") == NULL &&
        returned_text("response") != NULL)
        differ(name, "response", "none", returned_text("response"));
    if (find_text(line, "expect.list") != NULL) compare_list(call);
    refuse_unused(line);
}

static bool is_line_of(const char *kind, const char *line)
{
    size_t len = strlen(kind);
    return line != NULL && strncmp(line, kind, len) == 0 && line[len] == '\t';
}

/* Reads a call and its lists, which begin at `*at`, and moves it behind them. */
static struct call read_call(char **lines, size_t *at)
{
    struct call call = {.line = line_of(lines[(*at)++])};
    for (; lines[*at] != NULL; (*at)++) {
        struct line line = line_of(lines[*at]);
        if (is_kind(&line, "want")) {
            if (call.wanted_count == LIST_MAX) end_with(BROKEN, "a list is too long");
            char *rest = strchr(lines[*at] + strlen("want\t"), '\t');
            call.wanted[call.wanted_count++] = rest == NULL ? textf("%s", "") : rest + 1;
        } else if (is_kind(&line, "step") || is_kind(&line, "key") || is_kind(&line, "entry")) {
            if (call.part_count == LIST_MAX) end_with(BROKEN, "a list is too long");
            // The fields of the others begin where the word of a step is.
            if (!is_kind(&line, "step")) line = line_of(textf("-\t%s", lines[*at]));
            call.parts[call.part_count++] = line;
        } else {
            break;
        }
    }
    return call;
}

/*
 * Runs the calls from `at` on, to the next case. `is_at_last` is whether the run ended in the last
 * of them.
 */
static enum ending run_case(char **lines, size_t at, const char *engine, const char *options,
                            bool *is_at_last)
{
    // Kept out of the registers, which are undefined after the jump.
    volatile size_t next = at;
    begin_run(engine);
    enum ending ending = (enum ending)setjmp(ended);
    if (ending == PASSED) {
        if (open_as("main", options) != KV_OK) end_with(BROKEN, "open: %s", error.message);
        while (is_line_of("call", lines[next])) {
            size_t behind = next;
            static struct call call;
            call = read_call(lines, &behind);
            next = behind;
            make(&call);
        }
    }
    *is_at_last = !is_line_of("call", lines[next]);
    end_run();
    return ending;
}

static void report(const char *name, const char *engine, bool is_control, bool is_right)
{
    if (!is_right) {
        check_failures++;
        fprintf(stderr, "%s (%s): %s\n", name, engine, reason);
    }
    printf("%s behaviour: %s (%s)%s\n", is_right ? "ok" : "FAILED", name, engine,
           is_control ? " fails" : "");
    fflush(stdout);
}

/* Runs all cases of a file, whose last line counts them; returns how many runs there were. */
static int run_all(char **lines, bool is_control, int *cases)
{
    int runs = 0;
    size_t at = 0;
    while (is_line_of("case", lines[at])) {
        struct line line = line_of(lines[at++]);
        char *engines = strdup(line.columns[1]), *options = strdup(line.columns[2]);
        char *name = strdup(line.columns[3]);
        for (char *engine = strtok(engines, ","); engine != NULL; engine = strtok(NULL, ",")) {
            bool is_at_last;
            strcpy(reason, "it passes");
            enum ending ending = run_case(lines, at, engine, options, &is_at_last);
            report(name, engine, is_control,
                   is_control ? ending == DIFFERED && is_at_last : ending == PASSED);
            runs++;
        }
        while (lines[at] != NULL && !is_line_of("case", lines[at]) && !is_line_of("end", lines[at]))
            at++;
        (*cases)++;
        free(engines);
        free(options);
        free(name);
    }
    int counted = is_line_of("end", lines[at]) ? atoi(lines[at] + strlen("end\t")) : 0;
    if (counted == 0 || counted != *cases) {
        FAIL("%d cases ran, the file counts %d", *cases, counted);
        printf("FAILED behaviour: all cases run\n");
    }
    return runs;
}

/* Reads a file of KV_BEHAVIOUR into lines; NULL is behind the last. All are in the first. */
static char **read_lines(const char *name)
{
    const char *directory = getenv("KV_BEHAVIOUR");
    char path[4200];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%s", directory == NULL ? "." : directory, name);
    struct content content = read_file(path);
    if (content.bytes == NULL) exit(2);
    char *text = (char *)content.bytes;
    text[content.len] = '\0';
    for (size_t i = 0; i < content.len; i++) count += text[i] == '\n';
    char **lines = malloc((count + 2) * sizeof *lines);
    if (lines == NULL) abort();
    lines[count = 0] = text;
    for (char *end; (end = strchr(lines[count], '\n')) != NULL;) {
        *end = '\0';
        lines[++count] = end + 1;
    }
    lines[*lines[count] == '\0' ? count : count + 1] = NULL;
    return lines;
}

static void free_lines(char **lines)
{
    free(lines[0]);
    free(lines);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "behaviour");
    char **lines = read_lines("cases"), **planted = read_lines("planted");
    int cases = 0, controls = 0, runs = run_all(lines, false, &cases);
    run_all(planted, true, &controls);
    printf("# %d runs of %d cases, %d controls\n", runs, cases, controls);
    free_lines(lines);
    free_lines(planted);
    return check_end();
}
