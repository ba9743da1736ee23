package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Statistics, metrics, backups, copies and checks of a store. Other threads and processes may use
 * it meanwhile.
 */
public final class Maintenance {
    private final Store store;

    Maintenance(Store store) {
        this.store = store;
    }

    /** Returns the statistics of the store. The call reads no entry. */
    public Stats stats() {
        return Figures.of(store, Abi.kv_stats.LAYOUT, Stats.class,
                (frame, of) -> Abi.kv_stats_get(store.handle(), of, frame.error));
    }

    /**
     * Counts the entries of the store, or of the namespace to which it is narrowed. The call reads
     * every entry, so its time grows with their number.
     */
    public Usage usage() {
        return Figures.of(store, Abi.kv_usage.LAYOUT, Usage.class,
                (frame, of) -> Abi.kv_usage_get(store.handle(), of, frame.error));
    }

    /** Returns the metrics of the store. The call reads no entry. */
    public Metrics metrics() {
        return Figures.of(store, Abi.kv_metrics.LAYOUT, Metrics.class,
                (frame, of) -> Abi.kv_metrics_get(store.handle(), of, frame.error));
    }

    /** Returns the metrics of the calls of one kind on the store. */
    public CallMetrics callMetrics(CallKind kind) {
        int code = kind == CallKind.UNKNOWN ? -1 : kind.ordinal();
        return Figures.of(store, Abi.kv_call_metrics.LAYOUT, CallMetrics.class,
                (frame, of) -> Abi.kv_call_metrics_get(store.handle(), code, of, frame.error));
    }

    /**
     * Returns all metrics of the store as text in the format of Prometheus (version 0.0.4). Each
     * line names the store, without user, password and options.
     */
    public String metricsText() {
        try (Frame frame = new Frame(store)) {
            MemorySegment text = frame.value();
            frame.check(Abi.kv_metrics_text(store.handle(), text, frame.error));
            return Frame.take(text).orElseThrow().text();
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
