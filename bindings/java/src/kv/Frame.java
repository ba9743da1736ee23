package kv;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The native memory of one call: its error, its arguments and its outputs, freed at its end. What
 * does not fit into the block gets memory of its own.
 */
final class Frame implements AutoCloseable {
    private static final long BLOCK_LEN = 1024;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment block = arena.allocate(BLOCK_LEN, Long.BYTES);
    private final Object owner;
    private long used;

    final MemorySegment error = structure(Abi.kv_error.LAYOUT);

    /** Begins a call on an object, which is not collected before the call has ended. */
    Frame(Object owner) {
        this.owner = owner;
    }

    /** Returns memory that is zeroed and aligned for a number of 64 bits. */
    MemorySegment allocate(long size) {
        long rounded = (size + Long.BYTES - 1) & -Long.BYTES;
        if (rounded > BLOCK_LEN - used) {
            return arena.allocate(Math.max(size, 1), Long.BYTES);
        }
        MemorySegment slice = block.asSlice(used, Math.max(size, 1));
        used += rounded;
        return slice;
    }

    MemorySegment structure(StructLayout layout) {
        return allocate(layout.byteSize());
    }

    /** Returns a structure that begins with its size, which is set. */
    MemorySegment sized(StructLayout layout) {
        MemorySegment structure = structure(layout);
        structure.set(JAVA_INT, 0, (int) layout.byteSize());
        return structure;
    }

    /** Returns a structure for a pinned value, which {@link #take} frees. */
    MemorySegment value() {
        return structure(Abi.kv_value.LAYOUT);
    }

    /** Returns room for a number of 64 bits. */
    MemorySegment number() {
        return allocate(Long.BYTES);
    }

    /** Returns a copy of bytes, not NULL for none. */
    MemorySegment bytes(Bytes bytes) {
        return bytes(bytes.data(), 0, bytes.length());
    }

    MemorySegment bytes(byte[] data, int offset, int length) {
        MemorySegment copy = allocate(length);
        MemorySegment.copy(data, offset, copy, JAVA_BYTE, 0, length);
        return copy;
    }

    /** Returns a text that ends with a NUL, and so can have none itself. */
    MemorySegment string(String what, String text) {
        byte[] data = Bytes.named(what, text).data();
        if (text.indexOf('\0') >= 0) {
            throw KvException.argument("a " + what + " holds no NUL");
        }
        MemorySegment copy = allocate(data.length + 1L);
        MemorySegment.copy(data, 0, copy, JAVA_BYTE, 0, data.length);
        return copy;
    }

    /** Returns the status of a call that has ended without an error. */
    int check(int status) {
        if (status < 0) {
            throw failure(status);
        }
        return status;
    }

    KvException failure(int status) {
        String message = error.getString(Abi.kv_error.message, StandardCharsets.UTF_8);
        if (status == Abi.KV_ERR_HANDLE) {
            message = message.replaceAll("^the (\\w+) handle is .*", "the $1 is closed");
        }
        return new KvException(Status.of(status), error.get(JAVA_INT, Abi.kv_error.os_error), message);
    }

    /** Returns whether a call has found an entry. */
    boolean isFound(int status) {
        return check(status) != Abi.KV_NOT_FOUND;
    }

    /** Returns a copy of the bytes of a pinned value and frees it; empty if it has none. */
    static Optional<Bytes> take(MemorySegment value) {
        try {
            MemorySegment data = value.get(ADDRESS, Abi.kv_value.data);
            if (data.address() == 0) {
                return Optional.empty();
            }
            return Optional.of(copy(data, value.get(JAVA_LONG, Abi.kv_value.len)));
        } finally {
            Abi.kv_value_free(value);
        }
    }

    /** Returns a copy of bytes of the library. */
    static Bytes copy(MemorySegment data, long length) {
        return length == 0 ? Bytes.EMPTY : Bytes.own(data.reinterpret(length).toArray(JAVA_BYTE));
    }

    /**
     * Returns the bytes that a structure borrows from the library; the length stands in the next
     * field.
     */
    static Bytes borrowed(MemorySegment structure, long field) {
        return copy(structure.get(ADDRESS, field),
                structure.get(JAVA_LONG, field + Long.BYTES));
    }

    @Override
    public void close() {
        arena.close();
        Reference.reachabilityFence(owner);
    }
}
