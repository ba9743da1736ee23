package kv;

import java.time.Duration;
import java.util.Optional;

/**
 * The calls on one key that a store and a transaction have alike. A text stands for its UTF-8.
 *
 * <p>Each fails with a {@link KvException}. Absent and expired keys read the same.
 */
public sealed interface EntryCalls permits StoreEntries, Transaction {
    /** Returns the value under a key, or nothing if the key is absent. */
    Optional<Bytes> get(Bytes group, Bytes key);

    /** Returns the value under a key, or nothing if the key is absent. */
    default Optional<Bytes> get(String group, String key) {
        return get(Bytes.named("group", group), Bytes.named("key", key));
    }

    /**
     * Returns the value under a key as the text whose UTF-8 it is, or nothing if the key is
     * absent.
     */
    default Optional<String> getString(String group, String key) {
        return get(group, key).map(Bytes::text);
    }

    /** Returns whether a key is present. */
    boolean exists(Bytes group, Bytes key);

    /** Returns whether a key is present. */
    default boolean exists(String group, String key) {
        return exists(Bytes.named("group", group), Bytes.named("key", key));
    }

    /**
     * Returns the time that a key has left, at least a millisecond, or {@link Kv#NEVER}; nothing
     * if it is absent.
     */
    Optional<Duration> ttl(Bytes group, Bytes key);

    /** Returns the time that a key has left. */
    default Optional<Duration> ttl(String group, String key) {
        return ttl(Bytes.named("group", group), Bytes.named("key", key));
    }

    /** Writes a value with the default_ttl of the store, without which it never expires. */
    void set(Bytes group, Bytes key, Bytes value);

    /** Writes a text. */
    default void set(String group, String key, String value) {
        set(Bytes.named("group", group), Bytes.named("key", key), Bytes.named("value", value));
    }

    /** Writes bytes under names that are text. */
    default void set(String group, String key, byte[] value) {
        set(Bytes.named("group", group), Bytes.named("key", key), Bytes.borrowed(value));
    }

    /**
     * Writes a value that expires after a time; {@link Duration#ZERO} and {@link Kv#NEVER} are for
     * ever.
     */
    void set(Bytes group, Bytes key, Bytes value, Duration ttl);

    /** Writes a text that expires after a time. */
    default void set(String group, String key, String value, Duration ttl) {
        set(Bytes.named("group", group), Bytes.named("key", key), Bytes.named("value", value), ttl);
    }

    /** Writes bytes that expire after a time under names that are text. */
    default void set(String group, String key, byte[] value, Duration ttl) {
        set(Bytes.named("group", group), Bytes.named("key", key), Bytes.borrowed(value), ttl);
    }

    /** Deletes a key, and returns whether it was present. */
    boolean delete(Bytes group, Bytes key);

    /** Deletes a key, and returns whether it was present. */
    default boolean delete(String group, String key) {
        return delete(Bytes.named("group", group), Bytes.named("key", key));
    }

    /**
     * Adds to the integer under a key, and returns the sum. An absent key counts as 0, and the new
     * entry has the default_ttl; a live one keeps its expiry. A value that is no integer, and a
     * sum that is outside of a long, are {@link Status#NOT_INTEGER}.
     */
    long increment(Bytes group, Bytes key, long delta);

    /** Adds to the integer under a key, and returns the sum. */
    default long increment(String group, String key, long delta) {
        return increment(Bytes.named("group", group), Bytes.named("key", key), delta);
    }

    /** Adds to the integer under a key; a new entry expires after a time. */
    long increment(Bytes group, Bytes key, long delta, Duration ttlIfCreated);

    /** Adds to the integer under a key; a new entry expires after a time. */
    default long increment(String group, String key, long delta, Duration ttlIfCreated) {
        return increment(Bytes.named("group", group), Bytes.named("key", key), delta, ttlIfCreated);
    }

    /**
     * Appends to the value under a key, and returns its new length. An absent key counts as empty,
     * and the new entry has the default_ttl; a live one keeps its expiry.
     */
    long append(Bytes group, Bytes key, Bytes value);

    /** Appends a text to the value under a key, and returns its new length in bytes. */
    default long append(String group, String key, String value) {
        return append(Bytes.named("group", group), Bytes.named("key", key), Bytes.named("value", value));
    }

    /** Appends to the value under a key; a new entry expires after a time. */
    long append(Bytes group, Bytes key, Bytes value, Duration ttlIfCreated);

    /**
     * Gives a key another expiry, a time from now, and returns whether it is present. Value and
     * version stay.
     *
     * @throws ConflictException if a condition does not allow it
     */
    boolean expire(Bytes group, Bytes key, Duration ttl, ExpireIf... conditions);

    /** Gives a key another expiry, and returns whether it is present. */
    default boolean expire(String group, String key, Duration ttl, ExpireIf... conditions) {
        return expire(Bytes.named("group", group), Bytes.named("key", key), ttl, conditions);
    }

    /** Scans the entries of a group in key order. */
    Cursor<Entry> scan(Bytes group, ScanOptions options);

    /** Scans the entries of a group in key order. */
    default Cursor<Entry> scan(String group, ScanOptions options) {
        return scan(Bytes.named("group", group), options);
    }

    /** Scans all entries of a group in key order. */
    default Cursor<Entry> scan(String group) {
        return scan(group, ScanOptions.ALL);
    }

    /** Scans the keys of a group, without their values. */
    Cursor<Bytes> keys(Bytes group, ScanOptions options);

    /** Scans the keys of a group, without their values. */
    default Cursor<Bytes> keys(String group, ScanOptions options) {
        return keys(Bytes.named("group", group), options);
    }
}
