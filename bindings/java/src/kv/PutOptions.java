package kv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * The options of a write: its expiry, a condition, and its durability. Each method returns other
 * options, and a later expiry or condition takes the place of an earlier one.
 */
public final class PutOptions {
    /** A write without a condition, with the default_ttl and the durability of the store. */
    public static final PutOptions DEFAULT =
            new PutOptions(Abi.KV_IF_ANY, 0, Abi.KV_EXPIRY_DEFAULT, 0, Durability.DEFAULT);

    private final int condition;
    private final long version;
    private final int expiry;
    private final long timeMs;
    private final Durability durability;

    private PutOptions(int condition, long version, int expiry, long timeMs, Durability durability) {
        this.condition = condition;
        this.version = version;
        this.expiry = expiry;
        this.timeMs = timeMs;
        this.durability = durability;
    }

    private PutOptions when(int other, long otherVersion) {
        return new PutOptions(other, otherVersion, expiry, timeMs, durability);
    }

    private PutOptions expiring(int other, long otherMs) {
        return new PutOptions(condition, version, other, otherMs, durability);
    }

    /** The key must be absent. */
    public PutOptions ifAbsent() {
        return when(Abi.KV_IF_ABSENT, 0);
    }

    /** The key must be present. */
    public PutOptions ifPresent() {
        return when(Abi.KV_IF_PRESENT, 0);
    }

    /** The key must be at a version; 0 means absent. */
    public PutOptions ifVersion(long number) {
        return when(Abi.KV_IF_VERSION, number);
    }

    /**
     * The entry expires after a time from the write; {@link Duration#ZERO} and {@link Kv#NEVER}
     * are for ever.
     */
    public PutOptions ttl(Duration ttl) {
        return expiring(Abi.KV_EXPIRY_AFTER, Times.ttl(ttl));
    }

    /** The entry expires at an instant. */
    public PutOptions expiresAt(Instant at) {
        return expiring(Abi.KV_EXPIRY_AT, Times.instant(at));
    }

    /** The entry has an expiry that was read from another: an instant, or none for ever. */
    public PutOptions expiresAt(Optional<Instant> at) {
        return at.map(this::expiresAt).orElseGet(() -> expiring(Abi.KV_EXPIRY_AT, Abi.KV_TTL_NEVER));
    }

    /** A live entry keeps its expiry; a new one gets the default_ttl of the store. */
    public PutOptions keepTtl() {
        return expiring(Abi.KV_EXPIRY_KEEP, 0);
    }

    /** The write has this durability. */
    public PutOptions durability(Durability other) {
        return new PutOptions(condition, version, expiry, timeMs, Objects.requireNonNull(other, "durability"));
    }

    MemorySegment in(Frame frame) {
        MemorySegment options = frame.sized(Abi.kv_put_options.LAYOUT);
        options.set(JAVA_INT, Abi.kv_put_options.condition, condition);
        options.set(JAVA_LONG, Abi.kv_put_options.version, version);
        options.set(JAVA_INT, Abi.kv_put_options.expiry, expiry);
        options.set(JAVA_INT, Abi.kv_put_options.durability, durability.ordinal());
        options.set(JAVA_LONG, Abi.kv_put_options.time_ms, timeMs);
        return options;
    }
}
