/* Signals in a program that uses a Redis: none breaks a call, and a server that goes away during a
 * large write ends no program. */

#define _DEFAULT_SOURCE
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { LARGE = 64 << 20, EVERY_US = 2000 };

static pid_t server;
static char location[4400];

static void nothing(int signal) { (void)signal; }

/* Starts a server behind a socket in the program's directory; false if none is installed. */
static bool start_server(void)
{
    const char *socket = check_path("socket");
    snprintf(location, sizeof location, "redis+unix://%s?prefix=p&call_timeout=5s", socket);
    server = fork();
    if (server == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL) _exit(127);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket, "--save", "",
               "--dir", check_directory, (char *)NULL);
        _exit(127);
    }
    for (int tries = 0; tries < 500; tries++) {
        int status;
        kv_store probe;
        if (waitpid(server, &status, WNOHANG) == server) return false;
        /* The socket is there before the server listens. */
        if (access(socket, F_OK) == 0 && kv_open(location, &probe, NULL) == KV_OK) {
            kv_close(probe, NULL);
            return true;
        }
        usleep(20000);
    }
    return false;
}

static void set_timer(suseconds_t every)
{
    struct itimerval timer = {.it_interval = {.tv_usec = every}, .it_value = {.tv_usec = every}};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void a_timer_breaks_no_call(void)
{
    struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    kv_store store = check_open(location);
    int failed = 0;
    set_timer(EVERY_US);
    for (int number = 0; number < check_times(20000); number++) {
        kv_status status = kv_set(store, "", 0, &number, sizeof number, "v", 1, &error);
        if (status != KV_OK && failed++ == 0) fprintf(stderr, "%s\n", error.message);
    }
    set_timer(0);
    CHECK_EQUAL(failed, 0);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_server_that_goes_away_during_a_write_raises_no_sigpipe(void)
{
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    kv_store store = check_open(location);
    char *large = calloc(LARGE, 1);
    CHECK(large != NULL);
    pid_t killer = fork();
    if (killer == 0) {
        usleep(150000);
        kill(server, SIGKILL);
        _exit(0);
    }
    kv_status status = KV_OK;
    for (int tries = 0; tries < 1000 && status == KV_OK; tries++)
        status = kv_set(store, "", 0, "large", 5, large, LARGE, &error);
    CHECK_EQUAL(status, KV_ERR_UNAVAILABLE);
    EXPECT(kv_set(store, "", 0, "k", 1, "v", 1, &error), KV_ERR_UNAVAILABLE);
    free(large);
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(waitpid(killer, NULL, 0) == killer);
    CHECK(waitpid(server, NULL, 0) == server);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "signals");
    if (!start_server()) {
        check_skip("redis-server is not installed");
        return 0;
    }
    RUN(a_timer_breaks_no_call);
    RUN(a_server_that_goes_away_during_a_write_raises_no_sigpipe);
    return check_end();
}
