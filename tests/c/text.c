/* Text and JSON: parts of values, templates over groups, parts of documents. */

#include "check.h"

static kv_store store;

static void set(const char *key, const char *value)
{
    EXPECT(kv_set(store, "t", 1, key, KV_NUL, value, KV_NUL, &error), KV_OK);
}

/* A cursor gives these parts, each in brackets. */
static void check_parts(kv_cursor cursor, const char *expected)
{
    char parts[256] = "";
    size_t len = 0;
    kv_entry entry;
    kv_status status;
    while ((status = kv_cursor_next(cursor, &entry, &error)) == KV_OK) {
        CHECK(entry.key_len == 0 && entry.version != 0);
        CHECK_BYTES(entry.group, entry.group_len, "t");
        len += (size_t)snprintf(parts + len, sizeof parts - len, "[%.*s]", (int)entry.value_len,
                                (const char *)entry.value);
    }
    CHECK_EQUAL(status, KV_DONE);
    CHECK_BYTES(parts, len, expected);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
}

static void check_split(const char *separator, const char *expected)
{
    kv_cursor cursor;
    EXPECT(kv_get_split(store, "t", 1, "k", 1, separator, KV_NUL, &cursor, &error), KV_OK);
    check_parts(cursor, expected);
}

static void check_fields(const char *expected)
{
    kv_cursor cursor;
    EXPECT(kv_get_fields(store, "t", 1, "k", 1, &cursor, &error), KV_OK);
    check_parts(cursor, expected);
}

static void values_are_cut_into_parts(void)
{
    set("k", "a, b,,c ");
    check_split(",", "[a][ b][][c ]");
    check_split(", ", "[a][b,,c ]");
    check_split(";", "[a, b,,c ]");
    check_split("", "[a][,][ ][b][,][,][c][ ]");
    check_fields("[a,][b,,c]");
    set("k", "\xc3\xa9\xe2\x82\xac\xff");
    check_split("", "[\xc3\xa9][\xe2\x82\xac][\xff]");
    set("k", "\xe3\x80\x80one\xc2\xa0two\x0bthree");
    check_fields("[one][two][three]");
    set("k", "");
    check_split(",", "[]");
    check_split("", "");
    check_fields("");
}

static void parts_come_flat_as_well_and_end_with_the_store(void)
{
    kv_store brief = check_open("memory:");
    kv_cursor cursor;
    unsigned char buffer[256];
    size_t used = 0, count = 0;
    EXPECT(kv_set(brief, "t", 1, "k", 1, "a b c", 5, &error), KV_OK);
    EXPECT(kv_get_fields(brief, "t", 1, "k", 1, &cursor, &error), KV_OK);
    EXPECT(kv_cursor_fill(cursor, buffer, 2 * 30, &used, &count, &error), KV_OK);
    CHECK(used == 2 * 30 && count == 2);
    CHECK(buffer[28] == 't' && buffer[29] == 'a');
    EXPECT(kv_close(brief, &error), KV_OK);
    EXPECT(kv_cursor_fill(cursor, buffer, sizeof buffer, &used, &count, &error), KV_ERR_CLOSED);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
}

static void check_rendered(const char *template, const char *expected)
{
    kv_value rendered;
    EXPECT(kv_render(store, "t", 1, template, &rendered, &error), KV_OK);
    CHECK_BYTES(rendered.data, rendered.len, expected);
    CHECK(rendered.data != NULL && rendered.version == 0 && rendered.expires_at_ms == -1);
    kv_value_free(&rendered);
}

static void check_not_rendered(const char *template, kv_status expected, const char *word)
{
    kv_value rendered;
    EXPECT_MESSAGE(kv_render(store, "t", 1, template, &rendered, &error), expected, word);
    CHECK(rendered.data == NULL && rendered.owner == 0);
}

static void templates_are_filled_with_the_keys_of_a_group(void)
{
    set("host", "db.example");
    set("log level", "<debug>");
    check_rendered("", "");
    check_rendered("host = {{ host }}\n", "host = db.example\n");
    check_rendered("{{ group[\"log level\"] }}", "<debug>");
    check_rendered("{{ group[\"log level\"]|escape }}", "&lt;debug&gt;");
    check_rendered("{% if port is defined %}{{ port }}{% else %}5432{% endif %}", "5432");
    check_rendered("{% for part in host|split(\".\") %}[{{ part }}]{% endfor %}", "[db][example]");
}

static void what_a_template_may_not_do_is_an_error(void)
{
    enum { LEN = 300 * 1024 };
    char *large = malloc(LEN);
    check_not_rendered("\n{{ port }}", KV_ERR_ARGUMENT, "port");
    check_not_rendered("\n{{ port }}", KV_ERR_ARGUMENT, "line 2");
    check_not_rendered("{{ host", KV_ERR_ARGUMENT, "line 1");
    check_not_rendered("{% set a = host %}", KV_ERR_ARGUMENT, "set");
    check_not_rendered("{{ host ~ host }}", KV_ERR_ARGUMENT, "joining");
    check_not_rendered("{{ host() }}", KV_ERR_ARGUMENT, "calls");
    memset(large, 'x', LEN - 1);
    large[LEN - 1] = '\0';
    check_not_rendered(large, KV_ERR_TOO_LARGE, "262144");
    EXPECT(kv_set(store, "t", 1, "large", 5, large, LEN - 1, &error), KV_OK);
    check_not_rendered("{% for a in large %}{% for b in large %}{{ host }}{% endfor %}{% endfor %}",
                       KV_ERR_TOO_LARGE, "steps");
    free(large);
}

static void check_json(const char *path, const char *expected)
{
    kv_value value;
    kv_status status = expected == NULL ? KV_NOT_FOUND : KV_OK;
    EXPECT(kv_get_json(store, "t", 1, "j", 1, path, &value, &error), status);
    if (expected != NULL) CHECK_BYTES(value.data, value.len, expected);
    else CHECK(value.data == NULL && value.owner == 0);
    kv_value_free(&value);
}

static void set_json(const char *json, kv_status expected, const char *word)
{
    EXPECT_MESSAGE(kv_set_json(store, "t", 1, "j", 1, json, KV_NUL, &error), expected, word);
}

static void json_is_stored_as_it_is_and_read_by_a_path(void)
{
    set_json(" {\"a\": [1.50, 18446744073709551617, {\"b/c\": null}], \"~\": \"x\"} ", KV_OK, "");
    CHECK(check_value_is(store, "t", "j",
                         " {\"a\": [1.50, 18446744073709551617, {\"b/c\": null}], \"~\": \"x\"} "));
    check_json("", "{\"a\": [1.50, 18446744073709551617, {\"b/c\": null}], \"~\": \"x\"}");
    check_json("/a/0", "1.50");
    check_json("/a/1", "18446744073709551617");
    check_json("/a/2/b~1c", "null");
    check_json("/~0", "\"x\"");
    check_json("/a/3", NULL);
    check_json("/a/-", NULL);
    check_json("/b", NULL);
    check_json("/~0/0", NULL);
}

static void what_is_not_json_is_refused_with_its_place(void)
{
    kv_value value;
    char deep[2048];
    set_json("[1]", KV_OK, "");
    set_json("", KV_ERR_NOT_JSON, "line 1");
    set_json("{\"a\": 1,\n  b}", KV_ERR_NOT_JSON, "line 2 column 3");
    set_json("[1] [2]", KV_ERR_NOT_JSON, "line 1 column 5");
    set_json("\"\xff\"", KV_ERR_NOT_JSON, "line 1 column 2");
    EXPECT(kv_set_json(store, "t", 1, "j", 1, "1\0", 2, &error), KV_ERR_NOT_JSON);
    EXPECT(kv_set_json(store, "t", 1, "j", 1, NULL, 0, &error), KV_ERR_NOT_JSON);
    memset(deep, '[', 1024);
    memset(deep + 1024, ']', 1024);
    EXPECT_MESSAGE(kv_set_json(store, "t", 1, "j", 1, deep, 2048, &error), KV_ERR_TOO_LARGE, "512");
    EXPECT(kv_set_json(store, "t", 1, "j", 1, deep + 512, 1024, &error), KV_OK);
    set_json("[1]", KV_OK, "");
    CHECK(check_value_is(store, "t", "j", "[1]"));
    EXPECT_MESSAGE(kv_get_json(store, "t", 1, "j", 1, "0", &value, &error), KV_ERR_ARGUMENT, "0");
    set("j", "text");
    EXPECT_MESSAGE(kv_get_json(store, "t", 1, "j", 1, "/a", &value, &error), KV_ERR_NOT_JSON,
                   "line 1 column");
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(values_are_cut_into_parts);
    RUN(parts_come_flat_as_well_and_end_with_the_store);
    RUN(templates_are_filled_with_the_keys_of_a_group);
    RUN(what_a_template_may_not_do_is_an_error);
    RUN(json_is_stored_as_it_is_and_read_by_a_path);
    RUN(what_is_not_json_is_refused_with_its_place);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "text");
    walk(check_path("text.db"), "text in a file");
    walk("memory:", "text in memory");
    return check_end();
}
