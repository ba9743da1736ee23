/*
 * The flat form of the behaviour cases, which tests/behaviour/README.md describes: lines of a kind,
 * a word and fields, separated by tabs. Memory is kept until the end of a run.
 */

#ifndef BEHAVIOUR_LINES_H
#define BEHAVIOUR_LINES_H

#include <setjmp.h>
#include <stdarg.h>

#include "check.h"

enum { COLUMNS_MAX = 24 };

/* How a run of a case ended. */
enum ending { PASSED, DIFFERED, BROKEN };

struct line {
    char *columns[COLUMNS_MAX]; /* kind, word, name=text... */
    bool is_used[COLUMNS_MAX];
    int count;
};

struct bytes {
    const void *data;
    size_t len;
};

static jmp_buf ended;
static char reason[2048];

/* Ends the run of a case, with a reason. */
static void end_with(enum ending ending, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
static void end_with(enum ending ending, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    longjmp(ended, ending);
}

/* Memory until the end of a run. */
static struct kept {
    struct kept *next;
} *kept;

static void *keep(size_t len)
{
    struct kept *memory = malloc(sizeof *memory + len);
    if (memory == NULL) abort();
    memory->next = kept;
    kept = memory;
    return memory + 1;
}

static void release_all(void)
{
    while (kept != NULL) {
        struct kept *next = kept->next;
        free(kept);
        kept = next;
    }
}

static char *textf(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *textf(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t len = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
    char *text = keep(len);
    vsnprintf(text, len, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

/* Bytes as the flat form writes them. */
static char *hex(const void *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = data;
    char *text = keep(2 * len + 2);
    text[0] = 'x';
    for (size_t i = 0; i < len; i++) {
        text[1 + 2 * i] = digits[bytes[i] >> 4];
        text[2 + 2 * i] = digits[bytes[i] & 15];
    }
    text[1 + 2 * len] = '\0';
    return text;
}

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a') + 10;
    end_with(BROKEN, "%c is no hexadecimal digit", c);
}

/* Cuts a line of text at its tabs. */
static struct line line_of(const char *text)
{
    struct line line = {{NULL}, {false}, 0};
    char *rest = textf("%s", text);
    for (char *at = rest; at != NULL; rest = at) {
        at = strchr(rest, '\t');
        if (at != NULL) *at++ = '\0';
        if (line.count == COLUMNS_MAX) end_with(BROKEN, "a line has too many columns");
        line.columns[line.count++] = rest;
    }
    return line;
}

static bool is_kind(const struct line *line, const char *kind)
{
    return strcmp(line->columns[0], kind) == 0;
}

/* The text of a field, which counts as used; NULL if the line does not have it. */
static const char *find_text(struct line *line, const char *name)
{
    size_t len = strlen(name);
    for (int i = 2; i < line->count; i++) {
        if (strncmp(line->columns[i], name, len) == 0 && line->columns[i][len] == '=') {
            line->is_used[i] = true;
            return line->columns[i] + len + 1;
        }
    }
    return NULL;
}

static const char *text_of(struct line *line, const char *name)
{
    const char *text = find_text(line, name);
    if (text == NULL) end_with(BROKEN, "%s has no %s", line->columns[1], name);
    return text;
}

/* The bytes of a field, and a NUL after them; never NULL. */
static struct bytes bytes_of(struct line *line, const char *name)
{
    const char *text = text_of(line, name);
    if (*text++ != 'x') end_with(BROKEN, "%s is not bytes", name);
    size_t len = strlen(text) / 2;
    unsigned char *data = keep(len + 1);
    for (size_t i = 0; i < len; i++) {
        data[i] = (unsigned char)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    }
    data[len] = '\0';
    return (struct bytes){data, len};
}

static int64_t number_of_text(const char *text)
{
    char *end;
    int64_t number = strtoll(text, &end, 10);
    if (*text == '\0' || *end != '\0') end_with(BROKEN, "%s is no number", text);
    return number;
}

static int64_t number_of(struct line *line, const char *name)
{
    return number_of_text(text_of(line, name));
}

/* A field that nothing has asked for is one that this program does not know. */
static void refuse_unused(const struct line *line)
{
    for (int i = 2; i < line->count; i++) {
        if (!line->is_used[i])
            end_with(BROKEN, "%s does not know %s", line->columns[1], line->columns[i]);
    }
}

#endif
