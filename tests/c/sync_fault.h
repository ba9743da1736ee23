/* Syncs that fail: stands between the library and the system. */

#ifndef SYNC_FAULT_H
#define SYNC_FAULT_H

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether each sync fails with EIO. */
static bool syncs_fail;

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
