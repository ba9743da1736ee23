package kv;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The entries that a scan visits, and their order. Each method returns other options; a later
 * pattern or bound takes the place of an earlier one. Texts are UTF-8.
 */
public final class ScanOptions {
    /** All entries of a group, in key order. */
    public static final ScanOptions ALL = new ScanOptions();

    private Bytes pattern;
    private Bytes lower;
    private Bytes upper;
    private int patternFlag;
    private int lowerFlag;
    private int upperFlag;
    private int flags;
    private long limit;
    private long offset;

    private ScanOptions() {}

    private ScanOptions copy() {
        ScanOptions other = new ScanOptions();
        other.pattern = pattern;
        other.lower = lower;
        other.upper = upper;
        other.patternFlag = patternFlag;
        other.lowerFlag = lowerFlag;
        other.upperFlag = upperFlag;
        other.flags = flags;
        other.limit = limit;
        other.offset = offset;
        return other;
    }

    private ScanOptions matching(Bytes given, int flag) {
        ScanOptions other = copy();
        other.pattern = Objects.requireNonNull(given, "pattern");
        other.patternFlag = flag;
        return other;
    }

    private ScanOptions startingAt(Bytes key, int flag) {
        ScanOptions other = copy();
        other.lower = Objects.requireNonNull(key, "key");
        other.lowerFlag = flag;
        return other;
    }

    private ScanOptions endingAt(Bytes key, int flag) {
        ScanOptions other = copy();
        other.upper = Objects.requireNonNull(key, "key");
        other.upperFlag = flag;
        return other;
    }

    ScanOptions flagged(int flag) {
        ScanOptions other = copy();
        other.flags |= flag;
        return other;
    }

    /** Visits the keys that begin with these bytes. */
    public ScanOptions prefix(Bytes prefix) {
        return matching(prefix, 0);
    }

    /** Visits the keys that begin with a text. */
    public ScanOptions prefix(String prefix) {
        return prefix(Bytes.of(prefix));
    }

    /**
     * Visits the keys that match a glob as in SQLite: {@code *}, {@code ?}, {@code [a-z]}, {@code
     * [^x]}, no escape.
     */
    public ScanOptions glob(Bytes glob) {
        return matching(glob, Abi.KV_SCAN_GLOB);
    }

    /** Visits the keys that match a glob as in SQLite. */
    public ScanOptions glob(String glob) {
        return glob(Bytes.of(glob));
    }

    /** Visits the keys that match a glob as in KEYS of Redis, where a backslash escapes. */
    public ScanOptions redisGlob(Bytes glob) {
        return matching(glob, Abi.KV_SCAN_GLOB_REDIS);
    }

    /** Visits the keys that match a glob as in KEYS of Redis. */
    public ScanOptions redisGlob(String glob) {
        return redisGlob(Bytes.of(glob));
    }

    /** Visits this key and those above it, in byte order in both directions. */
    public ScanOptions from(Bytes key) {
        return startingAt(key, 0);
    }

    /** Visits this key and those above it. */
    public ScanOptions from(String key) {
        return from(Bytes.of(key));
    }

    /** Visits the keys above this one; the last key of a page leads to the next page. */
    public ScanOptions above(Bytes key) {
        return startingAt(key, Abi.KV_SCAN_LOWER_EXCLUSIVE);
    }

    /** Visits the keys above this one. */
    public ScanOptions above(String key) {
        return above(Bytes.of(key));
    }

    /** Visits the keys below this one. */
    public ScanOptions below(Bytes key) {
        return endingAt(key, 0);
    }

    /** Visits the keys below this one. */
    public ScanOptions below(String key) {
        return below(Bytes.of(key));
    }

    /** Visits this key and those below it. */
    public ScanOptions to(Bytes key) {
        return endingAt(key, Abi.KV_SCAN_UPPER_INCLUSIVE);
    }

    /** Visits this key and those below it. */
    public ScanOptions to(String key) {
        return to(Bytes.of(key));
    }

    /** Visits so many entries at most; 0 is no limit. */
    public ScanOptions limit(long count) {
        ScanOptions other = copy();
        other.limit = notNegative("limit", count);
        return other;
    }

    /**
     * Leaves out so many entries before the first one. Each is read, so a bound is the better way
     * to a page.
     */
    public ScanOptions offset(long count) {
        ScanOptions other = copy();
        other.offset = notNegative("offset", count);
        return other;
    }

    /** Visits the keys from the last to the first. */
    public ScanOptions reverse() {
        return flagged(Abi.KV_SCAN_REVERSE);
    }

    /** Refuses a scan that is not one snapshot: that of a Redis, which is read page after page. */
    public ScanOptions snapshot() {
        return flagged(Abi.KV_SCAN_SNAPSHOT);
    }

    private static long notNegative(String what, long count) {
        if (count < 0) {
            throw KvException.argument(what + " must not be negative: " + count);
        }
        return count;
    }

    MemorySegment in(Frame frame) {
        MemorySegment options = frame.sized(Abi.kv_scan_options.LAYOUT);
        options.set(JAVA_INT, Abi.kv_scan_options.flags, flags | patternFlag | lowerFlag | upperFlag);
        put(frame, options, Abi.kv_scan_options.pattern, pattern);
        put(frame, options, Abi.kv_scan_options.lower, lower);
        put(frame, options, Abi.kv_scan_options.upper, upper);
        options.set(JAVA_LONG, Abi.kv_scan_options.limit, limit);
        options.set(JAVA_LONG, Abi.kv_scan_options.offset, offset);
        return options;
    }

    private static void put(Frame frame, MemorySegment options, long field, Bytes bytes) {
        if (bytes != null) {
            options.set(ADDRESS, field, frame.bytes(bytes));
            options.set(JAVA_LONG, field + Long.BYTES, bytes.length());
        }
    }
}
