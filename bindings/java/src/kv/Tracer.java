package kv;

import java.time.Duration;

/**
 * The trace of calls: it is called at the begin and the end of each call on a store, in the thread
 * of the call, by several threads at once. It may use stores, whose calls are traced as well, but
 * not close the store of the call. An exception is passed to the handler of uncaught exceptions of
 * the thread, and the call goes on.
 */
public interface Tracer {
    /** Is called before a call. Its result, which may be null, is passed to {@link #end}. */
    default Object begin(TracedCall call) {
        return null;
    }

    /**
     * Is called after a call, with what {@link #begin} has returned, the status of the call, and
     * its duration.
     */
    void end(TracedCall call, Object begun, Status status, Duration duration);
}
