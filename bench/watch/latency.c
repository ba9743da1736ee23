/* The latency of a watch's events: in another thread of the process that writes, and in another process. */

#define _DEFAULT_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { WARMUP = 100, SAMPLES = 3000, ALL = WARMUP + SAMPLES };

/* The moments of each set, in memory that both sides see. */
struct moments {
    double called[ALL], returned[ALL], received[ALL];
    int received_count;
    int listening;
};

static struct moments *moments;

static void pause_us(double us)
{
    struct timespec time = {0, (long)(us * 1000)};
    nanosleep(&time, NULL);
}

static void listen_to(kv_store store)
{
    kv_event event = KV_EVENT_INIT;
    kv_error error;
    kv_watch watch = watch_group(store);
    __atomic_store_n(&moments->listening, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < ALL; i++) {
        int number;
        must(kv_watch_poll(watch, -1, &event, &error), &error);
        moments->received[i] = now_us();
        memcpy(&number, event.value, sizeof number);
        if (event.type != KV_EVENT_SET || number != i) {
            fprintf(stderr, "received %d of type %d, expected %d\n", number, event.type, i);
            exit(1);
        }
        __atomic_store_n(&moments->received_count, i + 1, __ATOMIC_RELEASE);
    }
    kv_watch_close(watch, NULL);
}

/* Sets once the last set was received and the listener had time to fall asleep. */
static void write_to(kv_store store)
{
    kv_error error;
    while (!__atomic_load_n(&moments->listening, __ATOMIC_ACQUIRE)) pause_us(100);
    for (int i = 0; i < ALL; i++) {
        while (__atomic_load_n(&moments->received_count, __ATOMIC_ACQUIRE) < i) pause_us(50);
        pause_us(500 + i * 7919 % 500);
        moments->called[i] = now_us();
        must(kv_set(store, "bench", 5, "k", 1, &i, sizeof i, &error), &error);
        moments->returned[i] = now_us();
    }
    while (__atomic_load_n(&moments->received_count, __ATOMIC_ACQUIRE) < ALL) pause_us(100);
}

static void note_moments(const char *name, const char *title)
{
    static double samples[SAMPLES];
    char full_name[96], full_title[96];
    const double *since[] = {moments->called, moments->returned};
    const char *const words[][2] = {{"from_call", "from the call"},
                                    {"from_return", "from the return"}};
    for (int which = 0; which < 3; which++) {
        for (int i = 0; i < SAMPLES; i++) {
            int at = i + WARMUP;
            samples[i] = which < 2 ? moments->received[at] - since[which][at]
                                   : moments->returned[at] - moments->called[at];
        }
        snprintf(full_name, sizeof full_name, "%s_%s", name, which < 2 ? words[which][0] : "set");
        snprintf(full_title, sizeof full_title, "%s, %s", title,
                 which < 2 ? words[which][1] : "the set itself");
        note_latency(full_name, full_title, samples, SAMPLES);
    }
}

static void begin_moments(void)
{
    moments = mmap(NULL, sizeof *moments, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (moments == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
}

static void *listen_in_thread(void *store)
{
    listen_to(*(kv_store *)store);
    return NULL;
}

void measure_same_process(void)
{
    const char *const options[] = {"", "changes=on"};
    const char *const names[] = {"same", "same_log"};
    const char *const titles[] = {"same process", "same process, log"};
    printf("\n| received after, us | p50 | p99 |\n|---|---:|---:|\n");
    for (int i = 0; i < 2; i++) {
        pthread_t listener;
        begin_moments();
        kv_store store = open_file(names[i], options[i]);
        if (pthread_create(&listener, NULL, listen_in_thread, &store) != 0) exit(1);
        write_to(store);
        pthread_join(listener, NULL);
        kv_close(store, NULL);
        note_moments(names[i], titles[i]);
        munmap(moments, sizeof *moments);
    }
}

void measure_across_processes(void)
{
    const char *const options[] = {"changes=on", "changes=on&durability=full"};
    const char *const names[] = {"across_normal", "across_full"};
    const char *const titles[] = {"across processes", "across processes, durability=full"};
    printf("\n| received after, us | p50 | p99 |\n|---|---:|---:|\n");
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        int status = -1;
        begin_moments();
        pid_t child = fork();
        if (child == 0) {
            kv_store store = open_file(names[i], options[i]);
            listen_to(store);
            kv_close(store, NULL);
            _exit(0);
        }
        kv_store store = open_file(names[i], options[i]);
        write_to(store);
        kv_close(store, NULL);
        if (waitpid(child, &status, 0) != child || status != 0) exit(1);
        note_moments(names[i], titles[i]);
        munmap(moments, sizeof *moments);
    }
}
