package kv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Statistics, backups, copies and checks of a store. Other threads and processes may use it
 * meanwhile.
 */
public final class Maintenance {
    private final Store store;

    Maintenance(Store store) {
        this.store = store;
    }

    /** Returns the statistics of the store. The call reads every entry. */
    public Stats stats() {
        try (Frame frame = new Frame(store)) {
            MemorySegment of = frame.sized(Abi.kv_stats.LAYOUT);
            frame.check(Abi.kv_stats_get(store.handle(), of, frame.error));
            return new Stats(of.get(JAVA_LONG, Abi.kv_stats.entries), of.get(JAVA_LONG, Abi.kv_stats.bytes),
                    of.get(JAVA_LONG, Abi.kv_stats.expired_entries), of.get(JAVA_LONG, Abi.kv_stats.hits),
                    of.get(JAVA_LONG, Abi.kv_stats.misses), of.get(JAVA_LONG, Abi.kv_stats.commits),
                    of.get(JAVA_LONG, Abi.kv_stats.transactions), of.get(JAVA_LONG, Abi.kv_stats.expirations),
                    of.get(JAVA_LONG, Abi.kv_stats.evictions), of.get(JAVA_LONG, Abi.kv_stats.file_bytes),
                    of.get(JAVA_LONG, Abi.kv_stats.wal_bytes), of.get(JAVA_LONG, Abi.kv_stats.oldest_snapshot_ms),
                    of.get(JAVA_INT, Abi.kv_stats.read_only) != 0);
        }
    }

    /** Copies one snapshot of the whole file of the store into a new file. */
    public void backup(Path path) {
        try (Frame frame = new Frame(store)) {
            frame.check(Abi.kv_backup(store.handle(), frame.string("path", path.toString()), MemorySegment.NULL,
                    MemorySegment.NULL, frame.error));
        }
    }

    /** Replaces everything in the file of the store by a backup, in one step. */
    public void restore(Path path) {
        try (Frame frame = new Frame(store)) {
            frame.check(Abi.kv_restore(store.handle(), frame.string("path", path.toString()), MemorySegment.NULL,
                    MemorySegment.NULL, frame.error));
        }
    }

    /**
     * Copies the live entries into another store, of any engine, over those under their keys;
     * returns how many.
     */
    public long copyTo(Store target) {
        try (Frame frame = new Frame(store)) {
            MemorySegment state = frame.sized(Abi.kv_copy_state.LAYOUT);
            try {
                frame.check(Abi.kv_copy(store.handle(), target.handle(), MemorySegment.NULL, MemorySegment.NULL,
                        MemorySegment.NULL, state, frame.error));
                return state.get(JAVA_LONG, Abi.kv_copy_state.entries);
            } finally {
                Abi.kv_copy_state_free(state);
            }
        }
    }

    /** A function of the library on the whole store. */
    private interface Whole {
        int call(MemorySegment handle, MemorySegment error);
    }

    private void run(Whole function) {
        try (Frame frame = new Frame(store)) {
            frame.check(function.call(store.handle(), frame.error));
        }
    }

    /** Returns unused space of the file to the file system. Writers wait until the call ends. */
    public void compact() {
        run(Abi::kv_compact);
    }

    /**
     * Verifies all stored data; the first fault is a {@link KvException} with {@link
     * Status#CORRUPT}.
     */
    public void check() {
        run(Abi::kv_check);
    }

    /** Waits until every acknowledged write would survive a loss of power. */
    public void flush() {
        run(Abi::kv_flush);
    }
}
