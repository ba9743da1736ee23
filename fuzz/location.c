/*
 * kv_open: an input is a location. No file outside a folder is opened and no server reached. A password
 * in the location is in no message.
 */

#define _GNU_SOURCE
#include <ftw.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "gate.h"

/* The password in locations of the corpus. */
#define SECRET "hunter2"

static const char *folder;

static int remove_entry(const char *path, const struct stat *found, int kind, struct FTW *place)
{
    (void)found, (void)kind;
    return place->level > 0 ? remove(path) : 0;
}

/* Whether the secret is the user or password of a server, and nowhere else. */
static bool has_secret(const char *location)
{
    static const char scheme[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.0123456789";
    const char *begin = location + strspn(location, scheme), *last = NULL;
    /* All else is a path; and escapes may hide the secret in an option. */
    if (strchr(location, '%')) return false;
    if (begin == location || strspn(location, "+-.0123456789") || strncmp(begin, "://", 3)) return false;
    const char *end = begin + 3 + strcspn(begin + 3, "?/");
    for (const char *at = begin; at < end; at++)
        if (*at == '@') last = at;
    const char *secret = strstr(location, SECRET);
    if (last == NULL || secret == NULL || secret < begin) return false;
    for (; secret != NULL; secret = strstr(secret + 1, SECRET))
        if (secret > last) return false;
    return true;
}

/* An opened store works, or says why not. */
static void use(kv_store store)
{
    kv_value value;
    kv_status status = CALL(kv_set(store, "g", 1, "k", 1, "v", 1, &error));
    if (status == KV_OK && CALL(kv_get(store, "g", 1, "k", 1, &value, &error)) == KV_OK) {
        HOLDS(is_same((struct bytes){value.data, value.len}, (struct bytes){(uint8_t *)"v", 1}));
        kv_value_free(&value);
    }
    MUST(kv_close(store, &error));
    HOLDS(kv_close(store, NULL) == KV_ERR_HANDLE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    kv_store store = {1};
    if (folder == NULL) {
        folder = make_folder();
        HOLDS(chdir(folder) == 0);
    }
    char *location = as_string((struct bytes){data, len});
    close_gate(folder);
    if (CALL(kv_open(location, &store, &error)) == KV_OK) {
        use(store);
    } else {
        HOLDS(store.id == 0);
        if (has_secret(location)) HOLDS(strstr(error.message, SECRET) == NULL);
    }
    open_gate();
    free(location);
    HOLDS(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0);
    return 0;
}
