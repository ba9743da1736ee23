package kv;

import java.time.Instant;
import java.util.Optional;

/**
 * A change of a store, or a notice about the queue of a watch.
 *
 * @param type what the event is about
 * @param group the name of the group; empty for a notice
 * @param key the key of a change of one entry
 * @param value the value of a {@link Type#SET}
 * @param size the size in bytes of the value that was written, 0 for other events
 * @param version the version of the change, an unsigned number; {@code Watch.Options.since} begins
 *     after it
 * @param time the time of the commit; none for a notice
 * @param lost the number of events that are missing at a {@link Type#LAGGED}, 0 if it is unknown
 */
public record Event(Type type, Bytes group, Optional<Bytes> key, Optional<Bytes> value, long size, long version,
        Optional<Instant> time, long lost) {
    /** The kinds of events. */
    public enum Type {
        /** A number that this version of the binding does not know. */
        UNKNOWN,
        /** A value was written. */
        SET,
        /** A live entry was deleted, or evicted to make room for others. */
        DELETE,
        /** All entries of a group were deleted at once. */
        DELETE_GROUP,
        /** An expired entry was purged. */
        EXPIRE,
        /** All entries that existed at the beginning of the watch have been returned. */
        SYNCED,
        /** Events are missing at this place. */
        LAGGED,
        /** A value was written in pieces; a reader of its key reads it. */
        SET_LARGE;

        static Type of(int code) {
            return code > 0 && code < values().length ? values()[code] : UNKNOWN;
        }

        boolean hasKey() {
            return this == SET || this == SET_LARGE || this == DELETE || this == EXPIRE;
        }
    }
}
