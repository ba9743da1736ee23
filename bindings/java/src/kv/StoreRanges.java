package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The calls of a store on many keys: scans, lists of keys, counts and deletes. */
abstract sealed class StoreRanges extends StoreEntries permits Store {
    StoreRanges(MemorySegment id) {
        super(id);
    }

    abstract Batch newBatch();

    @Override
    public Cursor<Entry> scan(Bytes group, ScanOptions options) {
        return scan(group, options, Flat.Row::entry);
    }

    @Override
    public Cursor<Bytes> keys(Bytes group, ScanOptions options) {
        return scan(group, options.flagged(Abi.KV_SCAN_KEYS_ONLY), Flat.Row::key);
    }

    /** Scans the entries of a group without their values, but with the sizes of these. */
    public Cursor<EntryInfo> sizes(Bytes group, ScanOptions options) {
        return scan(group, options.flagged(Abi.KV_SCAN_SIZES), Flat.Row::info);
    }

    /** Scans the entries of a group without their values. */
    public Cursor<EntryInfo> sizes(String group, ScanOptions options) {
        return sizes(Bytes.named("group", group), options);
    }

    private <T> Cursor<T> scan(Bytes group, ScanOptions options, Function<Flat.Row, T> pick) {
        try (Frame frame = new Frame(this)) {
            MemorySegment given = options.in(frame);
            MemorySegment name = frame.bytes(group);
            return Cursor.open(this, frame, pick,
                    out -> Abi.kv_scan(handle(), name, group.length(), given, out, frame.error));
        }
    }

    /** Scans the names of the groups that begin with these bytes, in byte order. */
    public Cursor<Bytes> groups(Bytes prefix) {
        try (Frame frame = new Frame(this)) {
            MemorySegment begin = frame.bytes(prefix);
            return Cursor.open(this, frame, Flat.Row::group,
                    out -> Abi.kv_groups(handle(), begin, prefix.length(), out, frame.error));
        }
    }

    /** Scans the names of all groups. */
    public Cursor<Bytes> groups() {
        return groups(Bytes.EMPTY);
    }

    /**
     * Returns the values of those keys that are present, as of one instant, in the order of the
     * keys.
     */
    public Map<Bytes, Bytes> getMany(Bytes group, Collection<Bytes> keys) {
        List<Bytes> all = List.copyOf(keys);
        Map<Bytes, Bytes> found = new LinkedHashMap<>();
        try (Frame frame = new Frame(this); Arena arena = Arena.ofConfined()) {
            MemorySegment flat = Flat.keys(frame, group, all);
            MemorySegment used = frame.number();
            MemorySegment count = frame.number();
            MemorySegment buffer = MemorySegment.NULL;
            while (frame.check(Abi.kv_get_many(handle(), flat, flat.byteSize(), buffer, buffer.byteSize(), used, count,
                    frame.error)) == Abi.KV_TOO_SMALL) {
                buffer = arena.allocate(used.get(JAVA_LONG, 0));
            }
            for (Flat.Row row : Flat.entries(buffer, all.size())) {
                if (row.value() != null) {
                    found.put(row.key(), row.value());
                }
            }
        }
        return found;
    }

    /** Returns the values of those keys that are present, as of one instant. */
    public Map<String, Bytes> getMany(String group, Collection<String> keys) {
        Map<String, Bytes> found = new LinkedHashMap<>();
        getMany(Bytes.named("group", group), names(keys)).forEach((key, value) -> found.put(key.text(), value));
        return found;
    }

    private static List<Bytes> names(Collection<String> keys) {
        return keys.stream().map(key -> Bytes.named("key", key)).toList();
    }

    /** Writes all values, or none, with the default_ttl of the store. */
    public void setMany(Bytes group, Map<Bytes, Bytes> values) {
        setMany(group, values, PutOptions.DEFAULT);
    }

    /** Writes all values, or none; they expire after a time. */
    public void setMany(Bytes group, Map<Bytes, Bytes> values, Duration ttl) {
        setMany(group, values, PutOptions.DEFAULT.ttl(ttl));
    }

    private void setMany(Bytes group, Map<Bytes, Bytes> values, PutOptions options) {
        try (Batch batch = newBatch()) {
            values.forEach((key, value) -> batch.set(group, key, value, options));
            batch.apply();
        }
    }

    /** Writes all texts, or none, with the default_ttl of the store. */
    public void setMany(String group, Map<String, String> values) {
        Map<Bytes, Bytes> all = new LinkedHashMap<>();
        values.forEach((key, value) -> all.put(Bytes.named("key", key), Bytes.named("value", value)));
        setMany(Bytes.named("group", group), all);
    }

    /** Deletes keys in one step, and returns those that were present, in their order. */
    public List<Bytes> deleteMany(Bytes group, Collection<Bytes> keys) {
        List<Bytes> all = List.copyOf(keys);
        List<Bytes> deleted = new ArrayList<>();
        try (Batch batch = newBatch()) {
            all.forEach(key -> batch.delete(group, key));
            List<StepResult> results = batch.commit();
            for (int i = 0; i < all.size(); i++) {
                if (results.get(i).isFound()) {
                    deleted.add(all.get(i));
                }
            }
        }
        return deleted;
    }

    /** Deletes keys in one step, and returns those that were present, in their order. */
    public List<String> deleteMany(String group, Collection<String> keys) {
        return deleteMany(Bytes.named("group", group), names(keys)).stream().map(Bytes::text).toList();
    }

    /** A function of the library that counts entries. */
    private interface Counting {
        int count(Frame frame, MemorySegment count);
    }

    private long counted(Counting counting) {
        try (Frame frame = new Frame(this)) {
            MemorySegment count = frame.number();
            frame.check(counting.count(frame, count));
            return count.get(JAVA_LONG, 0);
        }
    }

    /** Returns the number of entries of a group. The time of the call grows with it. */
    public long count(Bytes group) {
        return counted((frame, count) ->
                Abi.kv_count(handle(), frame.bytes(group), group.length(), count, frame.error));
    }

    /** Returns the number of entries of a group. */
    public long count(String group) {
        return count(Bytes.named("group", group));
    }

    /**
     * Returns the number of entries of the groups whose names begin with these bytes, of all with
     * none.
     */
    public long countAll(Bytes prefix) {
        return counted((frame, count) ->
                Abi.kv_count_all(handle(), frame.bytes(prefix), prefix.length(), count, frame.error));
    }

    /** Deletes a group, and returns how many entries it had. */
    public long deleteGroup(Bytes group) {
        return counted((frame, count) ->
                Abi.kv_delete_group(handle(), frame.bytes(group), group.length(), count, frame.error));
    }

    /** Deletes a group, and returns how many entries it had. */
    public long deleteGroup(String group) {
        return deleteGroup(Bytes.named("group", group));
    }

    /**
     * Deletes the keys of a group that begin with these bytes, and returns how many were present.
     */
    public long deletePrefix(Bytes group, Bytes prefix) {
        return counted((frame, count) -> Abi.kv_delete_prefix(handle(), frame.bytes(group), group.length(),
                frame.bytes(prefix), prefix.length(), count, frame.error));
    }

    /** Deletes the keys of a group that begin with a text, and returns how many were present. */
    public long deletePrefix(String group, String prefix) {
        return deletePrefix(Bytes.named("group", group), Bytes.named("prefix", prefix));
    }

    /**
     * Deletes the groups whose names begin with these bytes, all with none, and returns how many
     * entries they had.
     */
    public long deleteAll(Bytes prefix) {
        return counted((frame, count) ->
                Abi.kv_delete_all(handle(), frame.bytes(prefix), prefix.length(), count, frame.error));
    }

    /** Removes expired entries now, and returns how many. */
    public long purgeExpired() {
        return counted((frame, count) -> Abi.kv_purge_expired(handle(), count, frame.error));
    }
}
