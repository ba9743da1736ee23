/* The fuse of a process: it burns down with each call of the system, and then the process is
   killed. */
#ifndef FUSE_H
#define FUSE_H

#include <stdatomic.h>

/* The moment of the kill within the call that has burnt the fuse. */
enum fuse_moment { FUSE_BEFORE, FUSE_AFTER, FUSE_TORN, FUSE_MOMENTS };

/* The kinds of calls. */
enum fuse_call {
    CALL_NONE, CALL_OPEN, CALL_WRITE, CALL_SYNC, CALL_TRUNCATE, CALL_UNLINK, CALL_RENAME, CALL_LOCK,
    CALL_MAP, CALL_KINDS
};

/* A fuse, in memory that the processes share. */
struct fuse {
    /* The calls that are left; 0 for a fuse that is not lit. */
    _Atomic long left;
    _Atomic int moment;
    /* The kind of the calls that burn it down; CALL_NONE for all kinds. */
    _Atomic int only;
    /* The kind of the call in which the process was killed. */
    _Atomic int call;
};

/* From now on the calls of this process burn down the fuse. */
void fuse_hold(struct fuse *fuse);

#endif
