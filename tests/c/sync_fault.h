/* Syncs that fail: stands between the library and the system. */

#ifndef SYNC_FAULT_H
#define SYNC_FAULT_H

#include <stdbool.h>

/* Whether each sync fails with EIO. */
static bool syncs_fail;

#ifdef _WIN32

/* A library of Windows calls the system's functions whatever the program defines. */
enum { SYNCS_CAN_FAIL = false };

#else

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SYNCS_CAN_FAIL = true };

static int sync_by(long call, int file)
{
    if (__atomic_load_n(&syncs_fail, __ATOMIC_SEQ_CST)) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(call, file);
}

int fsync(int file) { return sync_by(SYS_fsync, file); }
int fdatasync(int file) { return sync_by(SYS_fdatasync, file); }

#endif

#endif
