package kv;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Bytes that do not change: a group, a key or a value. Unlike an array they are equal if their
 * bytes are, so they can be keys of a map. Their order is that of unsigned bytes, as in a scan.
 */
public final class Bytes implements Comparable<Bytes> {
    /** No bytes: the default group, the empty key, the empty value. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] data;

    private Bytes(byte[] data) {
        this.data = data;
    }

    /** Returns bytes for an array that no one else changes. */
    static Bytes own(byte[] data) {
        return data.length == 0 ? EMPTY : new Bytes(data);
    }

    /**
     * Returns the UTF-8 of a text.
     *
     * @throws KvException with {@link Status#ARGUMENT} if half of a surrogate pair is in it, which
     *     has no UTF-8
     */
    public static Bytes of(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSurrogatePair(text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : ' ')) {
                    throw KvException.argument(
                            "the text has half of a surrogate pair at " + i + ", which has no UTF-8");
                }
                i++;
            }
        }
        return own(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a copy of an array. */
    public static Bytes of(byte[] data) {
        return own(data.clone());
    }

    /**
     * Returns a copy of the bytes between the position and the limit of a buffer, which stay as
     * they are.
     */
    public static Bytes of(ByteBuffer buffer) {
        byte[] data = new byte[buffer.remaining()];
        buffer.duplicate().get(data);
        return own(data);
    }

    /** Returns the bytes of a value for one call, which copies them. */
    static Bytes borrowed(byte[] value) {
        return own(Objects.requireNonNull(value, "value"));
    }

    /** Returns the UTF-8 of a parameter, which is named if it is null. */
    static Bytes named(String what, String text) {
        return of(Objects.requireNonNull(text, what));
    }

    /** The array itself, for calls that only read it. */
    byte[] data() {
        return data;
    }

    /** Returns the number of bytes. */
    public int length() {
        return data.length;
    }

    /** Returns whether there are no bytes. */
    public boolean isEmpty() {
        return data.length == 0;
    }

    /** Returns a copy of the bytes. */
    public byte[] array() {
        return data.clone();
    }

    /** Returns a buffer of the bytes that cannot be written. */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(data).asReadOnlyBuffer();
    }

    /**
     * Returns the text whose UTF-8 the bytes are.
     *
     * @throws KvException with {@link Status#ARGUMENT} if they are not UTF-8
     */
    public String text() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
        } catch (CharacterCodingException notUtf8) {
            throw KvException.argument(this + " are not UTF-8; array() returns them as they are");
        }
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(data, other.data);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes && Arrays.equals(data, ((Bytes) other).data);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(data);
    }

    /**
     * Returns the text if the bytes are UTF-8 without control characters, otherwise {@code 0x} and
     * digits.
     */
    @Override
    public String toString() {
        String text = new String(data, StandardCharsets.UTF_8);
        boolean isPlain = text.chars().noneMatch(it -> it == 0xFFFD || Character.isISOControl(it));
        return isPlain ? text : "0x" + HexFormat.of().formatHex(data, 0, Math.min(data.length, 64))
                + (data.length > 64 ? "..." : "");
    }
}
