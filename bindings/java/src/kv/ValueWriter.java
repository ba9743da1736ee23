package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A value of any size, written in pieces: a stream. Nothing of it is seen before {@link #commit},
 * and the earlier value stays until then. {@link #close} without a commit discards it, so that an
 * exception in the middle stores no half of a value. One thread uses a writer at a time.
 */
public final class ValueWriter extends OutputStream {
    private final Part part;
    private final Bytes group;
    private final Bytes key;
    private long size;

    /** The handle of the writer; a stream has another super class. */
    private static final class Part extends Handle {
        final Store store;

        Part(MemorySegment id, Store store) {
            super(id, "writer", Abi::kv_writer_abort);
            this.store = store;
        }
    }

    private ValueWriter(Part part, Bytes group, Bytes key) {
        this.part = part;
        this.group = group;
        this.key = key;
    }

    static ValueWriter open(Store store, Bytes group, Bytes key, PutOptions options) {
        try (Frame frame = new Frame(store)) {
            MemorySegment name = frame.bytes(group);
            MemorySegment of = frame.bytes(key);
            MemorySegment given = options.in(frame);
            MemorySegment id = Handle.opened(frame, out -> Abi.kv_writer_open(store.handle(), name, group.length(), of,
                    key.length(), given, out, frame.error));
            return new ValueWriter(new Part(id, store), group, key);
        }
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    /** Appends bytes. After an error only {@link #close} is left. */
    @Override
    public void write(byte[] data, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, data.length);
        try (Frame frame = new Frame(part)) {
            frame.check(Abi.kv_writer_write(part.handle(), frame.bytes(data, offset, length), length, frame.error));
        }
        size += length;
    }

    @Override
    public void write(byte[] data) {
        write(data, 0, data.length);
    }

    /** Does nothing: a value is seen as a whole, at its commit. */
    @Override
    public void flush() {}

    /** Returns the number of bytes that were written. */
    public long size() {
        return size;
    }

    /**
     * Makes the bytes that were written the value of the key, and returns its version. After
     * another error than a conflict the writer stays open.
     *
     * @throws ConflictException if the condition of the writer does not hold: nothing is written,
     *     and the writer has ended
     */
    public long commit() {
        try (Frame frame = new Frame(part)) {
            MemorySegment out = frame.number();
            int status = frame.check(Abi.kv_writer_commit(part.handle(), out, frame.error));
            long version = out.get(JAVA_LONG, 0);
            part.ended();
            if (status == Abi.KV_CONFLICT) {
                throw StoreEntries.conflict("commit", group, key, version);
            }
            return version;
        }
    }

    /**
     * Ends the writer, and discards the bytes unless they were committed. Closing it again does
     * nothing.
     */
    @Override
    public void close() {
        part.close();
    }
}
