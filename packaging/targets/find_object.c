/*
 * GCC's unwinder for glibc finds the object that holds an address by glibc's _dl_find_object. musl
 * has no such function; this one searches the same objects by dl_iterate_phdr.
 *
 * The unwinder names functions of threads weakly, as they were in a library of their own. With musl
 * a static program would have some of them and lack others, which the unwinder then calls
 * nevertheless.
 */

#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stddef.h>

/* As glibc declares it for its 64-bit processors; the unwinder reads `eh_frame` alone. */
struct dl_find_object {
    unsigned long long flags;
    void *map_start;
    void *map_end;
    void *link_map;
    void *eh_frame;
    unsigned long long reserved[7];
};

/* Read by the function below, so that no linker leaves them out. */
static const struct {
    int (*once)(pthread_once_t *, void (*)(void));
    int (*lock)(pthread_mutex_t *);
    int (*unlock)(pthread_mutex_t *);
} volatile threads = {pthread_once, pthread_mutex_lock, pthread_mutex_unlock};

struct search {
    const char *address;
    struct dl_find_object *found;
};

static int is_in(const char *address, const char *start, size_t len)
{
    return address >= start && address < start + len;
}

/* Ends the iteration, with 1, at the object that has the address and a table for the unwinder. */
static int examine(struct dl_phdr_info *object, size_t size, void *argument)
{
    struct search *search = argument;
    char *base = (char *)object->dlpi_addr;
    char *table = NULL;
    int holds_it = 0;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        char *start = base + segment->p_vaddr;
        if (segment->p_type == PT_GNU_EH_FRAME) {
            table = start;
        } else if (segment->p_type == PT_LOAD && is_in(search->address, start, segment->p_memsz)) {
            search->found->map_start = start;
            search->found->map_end = start + segment->p_memsz;
            holds_it = 1;
        }
    }
    search->found->eh_frame = table;
    return holds_it && table != NULL;
}

int _dl_find_object(void *address, struct dl_find_object *found)
{
    struct search search = {address, found};
    found->flags = threads.once == NULL || threads.lock == NULL || threads.unlock == NULL;
    found->link_map = NULL;
    return dl_iterate_phdr(examine, &search) ? 0 : -1;
}
