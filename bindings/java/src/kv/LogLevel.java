package kv;

/** The levels of the log; each has the records of those before it. The numbers are those of kv.h. */
public enum LogLevel {
    /** No records. */
    OFF,
    /** A store refuses writes, or a bug of the library was caught. */
    ERROR,
    /** Also what is slow or fails for a while, and is tried again. */
    WARN,
    /** Also stores that are opened, closed and recovered, and connections. */
    INFO,
    /** Also checkpoints, purges and repeated calls. */
    DEBUG;

    static LogLevel of(int code) {
        return values()[Math.max(0, Math.min(code, DEBUG.ordinal()))];
    }
}
