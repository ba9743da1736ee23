/*
 * Globs: an input is a dialect, a pattern and a key. A scan finds the key if and only if SQLite's GLOB or
 * Redis' KEYS does. SQLite is the shared library of the system; KV_FUZZ_REDIS is the port of a server, and
 * without it Redis' patterns are not compared.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "fuzz.h"

/* The engines may take exponential time for longer ones. */
enum { PATTERN_MAX = 24, KEY_MAX = 64, STORES = 2 };

static kv_store stores[STORES];
static int (*sqlite_glob)(const char *pattern, const char *text);
static FILE *redis;

static void open_all(void)
{
    char location[5000];
    snprintf(location, sizeof location, "sqlite:%s/glob.db?purge_interval=0", make_folder());
    stores[0] = open_store("memory:?purge_interval=0");
    stores[1] = open_store(location);
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) VIOLATION("%s; scripts/setup.sh test installs it", dlerror());
    *(void **)&sqlite_glob = dlsym(library, "sqlite3_strglob");
    HOLDS(sqlite_glob != NULL);
    const char *port = getenv("KV_FUZZ_REDIS");
    if (port == NULL) return;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    HOLDS(connect(to, (struct sockaddr *)&address, sizeof address) == 0);
    setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    redis = fdopen(to, "r+");
    HOLDS(redis != NULL);
}

static void send_word(struct bytes word)
{
    fprintf(redis, "$%zu\r\n", word.len);
    HOLDS(fwrite(word.data, 1, word.len, redis) == word.len);
    fputs("\r\n", redis);
}

static bool redis_finds(struct bytes pattern, struct bytes key)
{
    char line[128];
    fputs("*3\r\n$3\r\nSET\r\n", redis);
    send_word(key);
    fputs("$1\r\n1\r\n*2\r\n$4\r\nKEYS\r\n", redis);
    send_word(pattern);
    fputs("*2\r\n$3\r\nDEL\r\n", redis);
    send_word(key);
    HOLDS(fflush(redis) == 0);
    HOLDS(fgets(line, sizeof line, redis) && line[0] == '+');
    HOLDS(fgets(line, sizeof line, redis) && line[0] == '*');
    bool finds = line[1] == '1';
    if (finds) {
        char found[KEY_MAX + 2];
        HOLDS(fgets(line, sizeof line, redis) && line[0] == '$');
        HOLDS(fread(found, 1, key.len + 2, redis) == key.len + 2);
    }
    HOLDS(fgets(line, sizeof line, redis) && line[0] == ':');
    /* A stream is turned from reading to writing by this. */
    fseek(redis, 0, SEEK_CUR);
    return finds;
}

/* Whether a range may end in a byte above 127: Redis compares those as `char`. */
static bool depends_on_the_machine(struct bytes pattern)
{
    for (size_t i = 1; i < pattern.len; i++) {
        if (pattern.data[i] != '-') continue;
        if (pattern.data[i - 1] > 127 || (i + 1 < pattern.len && pattern.data[i + 1] > 127)) return true;
    }
    return false;
}

/* Redis finds the empty key by one star, which it does not compare, but not by two. */
static bool is_stars(struct bytes pattern)
{
    size_t len = 0;
    while (len < pattern.len && pattern.data[len] == '*') len++;
    return len > 1 && len == pattern.len;
}

static bool we_find(kv_store store, struct bytes pattern, uint32_t dialect)
{
    kv_cursor cursor;
    kv_entry entry;
    kv_scan_options options = KV_SCAN_OPTIONS_INIT;
    options.pattern = pattern.len ? pattern.data : (const uint8_t *)"";
    options.pattern_len = pattern.len;
    options.flags = dialect;
    MUST(kv_scan(store, "g", 1, &options, &cursor, &error));
    bool finds = CALL(kv_cursor_next(cursor, &entry, &error)) == KV_OK;
    MUST(kv_cursor_close(cursor, &error));
    return finds;
}

static bool sqlite_finds(struct bytes pattern, struct bytes key)
{
    char *glob = as_string(pattern), *text = as_string(key);
    bool finds = sqlite_glob(glob, text) == 0;
    free(glob);
    free(text);
    return finds;
}

/* Whether SQLite reads every character as another one: all that are none are U+FFFD to it, and so are
 * U+FFFE and U+FFFF. The library compares their bytes, so it finds fewer keys. */
static bool is_plain(struct bytes text)
{
    return is_utf8(text) && !memmem(text.data, text.len, "\xEF\xBF\xBE", 3) &&
           !memmem(text.data, text.len, "\xEF\xBF\xBF", 3);
}

static bool has_nul(struct bytes bytes)
{
    return bytes.len && memchr(bytes.data, 0, bytes.len) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (stores[0].id == 0) open_all();
    struct input input = {data, len};
    bool is_redis = take_byte(&input) & 1;
    struct bytes pattern = take(&input, take_byte(&input) % PATTERN_MAX);
    struct bytes key = take(&input, KEY_MAX);
    uint32_t dialect = is_redis ? KV_SCAN_GLOB_REDIS : KV_SCAN_GLOB;
    bool expected = false, is_known = false;
    if (is_redis && redis && !depends_on_the_machine(pattern) && !(key.len == 0 && is_stars(pattern))) {
        expected = redis_finds(pattern, key);
        is_known = true;
    } else if (!is_redis && !has_nul(pattern) && !has_nul(key)) {
        expected = sqlite_finds(pattern, key);
        is_known = !expected || (is_plain(pattern) && is_plain(key));
    }
    for (int i = 0; i < STORES; i++) {
        MUST(kv_set(stores[i], "g", 1, key.data, key.len, "", 0, &error));
        bool finds = we_find(stores[i], pattern, dialect);
        if (is_known && finds != expected)
            VIOLATION("%s %s \"%.*s\" for the pattern \"%.*s\"", is_redis ? "Redis" : "SQLite",
                      expected ? "finds" : "does not find", (int)key.len, (const char *)key.data,
                      (int)pattern.len, (const char *)pattern.data);
        MUST(kv_delete(stores[i], "g", 1, key.data, key.len, &error));
    }
    return 0;
}
