package kv;

/**
 * The result of a call of the library: success, an outcome, or an error. The names are those of
 * kv.h.
 */
public enum Status {
    /** The call has succeeded. */
    OK(0),
    /** The key has no live entry. */
    NOT_FOUND(1),
    /** A condition does not hold; nothing was written. */
    CONFLICT(2),
    /** A cursor has reached its end. */
    DONE(3),
    /** No event arrived before the timeout of the call. */
    TIMEOUT(4),
    /** A buffer is too small. */
    TOO_SMALL(5),
    /** An argument or option is invalid. */
    ARGUMENT(-1),
    /** The object was closed. */
    HANDLE(-2),
    /** The store of the object was closed. */
    CLOSED(-3),
    /** A lock was not free before the time-out, or another thread uses the object. */
    BUSY(-4),
    /** The write would exceed the quota of a namespace. */
    QUOTA(-5),
    /** The disk is full, or the store has reached its limit. */
    FULL(-6),
    /** A group, key or value exceeds its limit. */
    TOO_LARGE(-7),
    /** A value is not a 64-bit decimal integer, or the sum would not be one. */
    NOT_INTEGER(-8),
    /** A value is not JSON. */
    NOT_JSON(-9),
    /**
     * A read or write failed; {@link KvException#osError()} is the number of the system's error.
     */
    IO(-10),
    /** The store can only be read. */
    READ_ONLY(-11),
    /** The operating system denies access. */
    PERMISSION(-12),
    /** The file is damaged. */
    CORRUPT(-13),
    /** The file is not a store, or has a format that this version does not know. */
    FORMAT(-14),
    /** The engine of the store cannot perform the call. */
    UNSUPPORTED(-15),
    /** A server cannot be reached, or does not reply in time. */
    UNAVAILABLE(-16),
    /** A services file is invalid, or does not contain the service. */
    CONFIG(-17),
    /** Changes were trimmed from the change log, or an unused snapshot has ended. */
    COMPACTED(-18),
    /** An earlier failure left the durability of writes unknown; open the store again. */
    POISONED(-19),
    /** The process was forked while a store was open. */
    FORKED(-20),
    /** The library caught a bug of its own. */
    PANIC(-21),
    /** Memory is exhausted, or too many objects of a kind are open. */
    MEMORY(-22),
    /** The call was cancelled. */
    CANCELLED(-23),
    /** The deadline of the call has passed. */
    DEADLINE(-24),
    /** A number that this version of the binding does not know. */
    UNKNOWN(Integer.MIN_VALUE);

    private final int code;

    Status(int code) {
        this.code = code;
    }

    /** Returns the number in kv.h. */
    public int code() {
        return code;
    }

    static Status of(int code) {
        for (Status status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        return UNKNOWN;
    }
}
