package kv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The flat form of kv.h: records that are packed one behind the other in a buffer. */
final class Flat {
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ENTRY_LEN = 28;
    /** The length of the value of a key that is absent. */
    private static final int ABSENT = -1;

    private Flat() {}

    /** An entry; its value is null for a key that is absent. */
    record Row(Bytes group, Bytes key, Bytes value, long version, long expiresAtMs) {
        Entry entry() {
            return new Entry(key, value, version, Times.expiryOf(expiresAtMs));
        }

        /** The entry of a scan of sizes, whose value is the size. */
        EntryInfo info() {
            long size = MemorySegment.ofArray(value.data()).get(U64, 0);
            return new EntryInfo(key, size, version, Times.expiryOf(expiresAtMs));
        }
    }

    static List<Row> entries(MemorySegment buffer, long count) {
        List<Row> rows = new ArrayList<>();
        long at = 0;
        for (long i = 0; i < count; i++) {
            int groupLen = buffer.get(U32, at + 16);
            int keyLen = buffer.get(U32, at + 20);
            int valueLen = buffer.get(U32, at + 24);
            long group = at + ENTRY_LEN;
            long key = group + groupLen;
            long value = key + keyLen;
            rows.add(new Row(bytes(buffer, group, groupLen), bytes(buffer, key, keyLen),
                    valueLen == ABSENT ? null : bytes(buffer, value, valueLen),
                    buffer.get(U64, at), buffer.get(U64, at + 8)));
            at = value + Math.max(valueLen, 0);
        }
        return rows;
    }

    private static Bytes bytes(MemorySegment buffer, long at, int length) {
        byte[] data = new byte[length];
        MemorySegment.copy(buffer, JAVA_BYTE, at, data, 0, length);
        return Bytes.own(data);
    }

    /** Returns the keys of a group for kv_get_many. */
    static MemorySegment keys(Frame frame, Bytes group, List<Bytes> keys) {
        long length = 0;
        for (Bytes key : keys) {
            length = Math.addExact(length, 8L + group.length() + key.length());
        }
        MemorySegment buffer = frame.allocate(length);
        long at = 0;
        for (Bytes key : keys) {
            buffer.set(U32, at, group.length());
            buffer.set(U32, at + 4, key.length());
            MemorySegment.copy(group.data(), 0, buffer, JAVA_BYTE, at + 8, group.length());
            MemorySegment.copy(key.data(), 0, buffer, JAVA_BYTE, at + 8 + group.length(), key.length());
            at += 8L + group.length() + key.length();
        }
        return buffer.asSlice(0, length);
    }
}
