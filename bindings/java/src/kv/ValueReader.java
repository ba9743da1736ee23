package kv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * A value of any size, read in pieces: a stream with a position. It sees its value to the end,
 * whatever is written meanwhile. Reads may fail with a {@link KvException}. One thread uses a
 * reader at a time.
 */
public final class ValueReader extends InputStream {
    /** The length of the longest array, with room for its header. */
    static final int ARRAY_LEN_MAX = Integer.MAX_VALUE - 8;

    private final Part part;
    private final EntryInfo info;
    private long position;

    /** The handle of the reader; a stream has another super class. */
    private static final class Part extends Handle {
        final Store store;

        Part(MemorySegment id, Store store) {
            super(id, "reader", Abi::kv_reader_close);
            this.store = store;
        }

        long read(long offset, byte[] to, int at, int length) {
            try (Frame frame = new Frame(this); Arena arena = Arena.ofConfined()) {
                MemorySegment count = frame.number();
                MemorySegment buffer = arena.allocate(Math.max(length, 1));
                frame.check(Abi.kv_reader_read(handle(), offset, buffer, length, count, frame.error));
                int read = (int) count.get(JAVA_LONG, 0);
                MemorySegment.copy(buffer, JAVA_BYTE, 0, to, at, read);
                return read;
            }
        }
    }

    private ValueReader(Part part, EntryInfo info) {
        this.part = part;
        this.info = info;
    }

    /** Opens the value under a key, or nothing if the key is absent. */
    static Optional<ValueReader> open(Store store, Bytes group, Bytes key) {
        try (Frame frame = new Frame(store)) {
            MemorySegment name = frame.bytes(group);
            MemorySegment of = frame.bytes(key);
            MemorySegment id = Handle.opened(frame, out -> Abi.kv_reader_open(store.handle(), name, group.length(),
                    of, key.length(), out, frame.error));
            if (id == null) {
                return Optional.empty();
            }
            Part part = new Part(id, store);
            MemorySegment value = frame.value();
            frame.check(Abi.kv_reader_info(part.handle(), value, frame.error));
            return Optional.of(new ValueReader(part, StoreEntries.infoOf(key, value)));
        }
    }

    /** Returns the entry of the value: its key, size, version and expiry. */
    public EntryInfo info() {
        return info;
    }

    /** Returns the size of the value in bytes. */
    public long size() {
        return info.size();
    }

    /** Returns the offset of the next byte. */
    public long position() {
        return position;
    }

    /** Moves the position to an offset; one behind the end reads nothing. */
    public ValueReader position(long offset) {
        if (offset < 0) {
            throw KvException.argument("an offset must not be negative: " + offset);
        }
        position = offset;
        return this;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, to.length);
        if (length == 0) {
            return 0;
        }
        int room = (int) Math.min(length, Math.max(size() - position, 0));
        // Without room the call still tells whether the reader is open.
        int read = (int) part.read(position, to, offset, room);
        position += read;
        return read == 0 ? -1 : read;
    }

    @Override
    public long skip(long count) {
        long skipped = Math.min(Math.max(count, 0), Math.max(size() - position, 0));
        position += skipped;
        return skipped;
    }

    @Override
    public int available() {
        return (int) Math.min(Math.max(size() - position, 0), Integer.MAX_VALUE);
    }

    /** Returns the bytes from the position on, of which an array has room for less than 2 GiB. */
    @Override
    public byte[] readAllBytes() throws IOException {
        if (size() - position > ARRAY_LEN_MAX) {
            throw new KvException(Status.TOO_LARGE, 0, "the value has " + (size() - position)
                    + " bytes left, more than an array takes; read it in pieces");
        }
        return readNBytes(available());
    }

    /** Ends the reader. Closing it again does nothing. */
    @Override
    public void close() {
        part.close();
    }
}
