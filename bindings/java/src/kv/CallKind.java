package kv;

/** The kinds of calls, as metrics and traces have them; the numbers are those of kv.h. */
public enum CallKind {
    /** A read of one key: its value, size, version, expiry or existence. */
    GET,
    /** A read of many keys. */
    GET_MANY,
    /** A write of one key. */
    SET,
    /** A delete of one key. */
    DELETE,
    /** A read and delete of one key. */
    TAKE,
    /** An increment. */
    INCREMENT,
    /** An append. */
    APPEND,
    /** A change of an expiry. */
    EXPIRE,
    /** The opening of a scan, a list of groups or a snapshot. */
    SCAN,
    /** A count. */
    COUNT,
    /** A delete of a prefix, a group or all groups, or a purge. */
    DELETE_RANGE,
    /** The commit of a batch. */
    BATCH,
    /** The commit of a transaction. */
    TRANSACTION,
    /** The opening of a watch. */
    WATCH,
    /** A call on a lock, with its wait. */
    LOCK,
    /** A call on an idempotency record. */
    IDEMPOTENCY,
    /** The opening of a writer or reader of a value in pieces, or the commit of a writer. */
    STREAM,
    /** A call on JSON. */
    TEXT,
    /** The opening of a scope, or a call on a quota. */
    NAMESPACE,
    /** A copy of a store. */
    COPY,
    /** Statistics, a count of the usage, a backup, a restore, a compaction, a check or a flush. */
    MAINTENANCE,
    /** A number that this version of the binding does not know. */
    UNKNOWN;

    static CallKind of(int code) {
        return code >= 0 && code < values().length ? values()[code] : UNKNOWN;
    }
}
