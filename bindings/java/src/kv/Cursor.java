package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A scan: an iterator over one snapshot of a store, except on a Redis, whose scan is live. It ends
 * at its last element, and by {@link #close}; one that is left before its end holds its snapshot
 * until it is closed or cleaned, which keeps the log of a file from being started over.
 *
 * <p>One thread uses a cursor at a time.
 *
 * @param <T> an element: an entry, a key or the name of a group
 */
public final class Cursor<T> extends Handle implements Iterator<T> {
    private static final long BUFFER_LEN = 64 * 1024;

    // The store or transaction of the scan, which must not be cleaned before it.
    private final Handle owner;
    private final Function<Flat.Row, T> pick;
    private Iterator<Flat.Row> rows = Collections.emptyIterator();
    private long bufferLen = BUFFER_LEN;

    private Cursor(MemorySegment id, Handle owner, Function<Flat.Row, T> pick) {
        super(id, "cursor", Abi::kv_cursor_close);
        this.owner = owner;
        this.pick = pick;
    }

    /** Begins a scan by a function of the library. */
    static <T> Cursor<T> open(Handle owner, Frame frame, Function<Flat.Row, T> pick, Opener opener) {
        return new Cursor<>(opened(frame, opener), owner, pick);
    }

    /** Returns whether there is another element, which this call may read. */
    @Override
    public boolean hasNext() {
        if (!rows.hasNext() && isOpen()) {
            fill();
        }
        return rows.hasNext();
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the scan has no further element");
        }
        return pick.apply(rows.next());
    }

    /** Reads as many elements as fit into the buffer; closes the cursor at its end. */
    private void fill() {
        try (Frame frame = new Frame(this); Arena arena = Arena.ofConfined()) {
            MemorySegment used = frame.number();
            MemorySegment count = frame.number();
            MemorySegment buffer = arena.allocate(bufferLen);
            int status = Abi.kv_cursor_fill(handle(), buffer, bufferLen, used, count, frame.error);
            while (frame.check(status) == Abi.KV_TOO_SMALL) {
                long needed = used.get(JAVA_LONG, 0);
                buffer = arena.allocate(needed);
                status = Abi.kv_cursor_fill(handle(), buffer, needed, used, count, frame.error);
            }
            if (status == Abi.KV_DONE) {
                close();
            } else {
                rows = Flat.entries(buffer, count.get(JAVA_LONG, 0)).iterator();
            }
        }
    }

    /**
     * Returns the elements that are left as a stream, which closes the cursor when it is closed.
     */
    public Stream<T> stream() {
        int traits = Spliterator.ORDERED | Spliterator.NONNULL;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, traits), false).onClose(this::close);
    }

    /** Returns the elements that are left, and closes the cursor. */
    public List<T> toList() {
        try {
            return stream().toList();
        } finally {
            close();
        }
    }

    /** Ends the scan. Closing it again does nothing; there are no further elements. */
    @Override
    public void close() {
        rows = Collections.emptyIterator();
        super.close();
    }
}
