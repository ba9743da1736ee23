package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An object of the library. It is closed by {@link #close}, or by a cleaner some time after it was
 * forgotten. The object refers to its store, so no store is cleaned before the objects that use
 * it.
 */
abstract class Handle implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    /** The number of objects that are open, for tests. */
    static final AtomicLong OPEN = new AtomicLong();

    /** A function of the library that ends a handle. */
    interface Closer {
        int close(MemorySegment handle, MemorySegment error);
    }

    /** A function of the library that opens a handle. */
    interface Opener {
        int open(MemorySegment handle);
    }

    private final State state;
    private final Cleaner.Cleanable cleanable;

    /** Owns a handle, a structure of one number, which `closer` ends. */
    Handle(MemorySegment id, String kind, Closer closer) {
        state = new State(id, kind, closer);
        cleanable = CLEANER.register(this, state);
        OPEN.incrementAndGet();
    }

    /**
     * Opens a handle, and returns it as a structure that is passed by value; null if nothing is
     * found.
     */
    static MemorySegment opened(Frame frame, Opener opener) {
        MemorySegment out = frame.number();
        if (!frame.isFound(opener.open(out))) {
            return null;
        }
        return MemorySegment.ofArray(new long[] {out.get(JAVA_LONG, 0)});
    }

    /** The part of an object that its cleaner needs, and so must not refer to it. */
    private static final class State implements Runnable {
        final MemorySegment id;
        final String kind;
        final Closer closer;
        final AtomicBoolean isOpen = new AtomicBoolean(true);

        State(MemorySegment id, String kind, Closer closer) {
            this.id = id;
            this.kind = kind;
            this.closer = closer;
        }

        @Override
        public void run() {
            if (end()) {
                closer.close(id, MemorySegment.NULL);
            }
        }

        /** Returns whether this call is the one that ends the object. */
        boolean end() {
            boolean isFirst = isOpen.compareAndSet(true, false);
            OPEN.addAndGet(isFirst ? -1 : 0);
            return isFirst;
        }
    }

    /** Returns the handle. */
    MemorySegment handle() {
        if (!state.isOpen.get()) {
            throw new KvException(Status.HANDLE, 0, "the " + state.kind + " is closed");
        }
        return state.id;
    }

    /** Returns whether the object is open; it may be that its store is not. */
    public boolean isOpen() {
        return state.isOpen.get();
    }

    /** Notes that a call of the library has ended the handle. */
    void ended() {
        state.end();
        cleanable.clean();
    }

    /**
     * Ends the object. Closing it again does nothing; any other call on it then fails with {@link
     * Status#HANDLE}.
     */
    @Override
    public void close() {
        if (!state.end()) {
            return;
        }
        try (Frame frame = new Frame(this)) {
            int status = state.closer.close(state.id, frame.error);
            if (status == Abi.KV_ERR_BUSY) {
                // Another thread is in a call on it: it stays open.
                state.isOpen.set(true);
                OPEN.incrementAndGet();
            }
            if (status != Abi.KV_ERR_HANDLE) {
                frame.check(status);
            }
        }
        cleanable.clean();
    }

    @Override
    public String toString() {
        return "kv " + state.kind + (isOpen() ? "" : ", closed");
    }
}
