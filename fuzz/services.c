/*
 * kv_open_config: an input is a services file, of which the service "a" is opened. No file outside a
 * folder is opened and no server reached. The value of a variable is in no message.
 */

#define _GNU_SOURCE
#include <ftw.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "gate.h"

/* The value of the variable KV_FUZZ_SECRET. */
#define SECRET "swordfish-9"

static const char *folder;

static int remove_entry(const char *path, const struct stat *found, int kind, struct FTW *place)
{
    (void)found, (void)kind;
    return place->level > 0 ? remove(path) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    kv_store store = {1};
    if (folder == NULL) {
        folder = make_folder();
        HOLDS(chdir(folder) == 0);
        setenv("KV_FUZZ_SECRET", SECRET, 1);
        setenv("KV_FUZZ_PATH", "named.db", 1);
    }
    write_file("services.yaml", data, len);
    close_gate(folder);
    if (CALL(kv_open_config("services.yaml", "a", &store, &error)) == KV_OK) {
        CALL(kv_set(store, "g", 1, "k", 1, "v", 1, &error));
        MUST(kv_close(store, &error));
    } else {
        HOLDS(store.id == 0);
        bool is_shown = strstr(error.message, SECRET) != NULL;
        HOLDS(!is_shown || memmem(data, len, SECRET, strlen(SECRET)) != NULL);
    }
    open_gate();
    HOLDS(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0);
    return 0;
}
