package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** The calls of a store on one key. */
abstract sealed class StoreEntries extends Handle implements EntryCalls permits StoreRanges {
    StoreEntries(MemorySegment id) {
        super(id, "store", Abi::kv_close);
    }

    @Override
    public Optional<Bytes> get(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            MemorySegment value = frame.value();
            frame.check(Abi.kv_get(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    value, frame.error));
            return Frame.take(value);
        }
    }

    /** Returns the entry of a key, or nothing if it is absent. */
    public Optional<Entry> entry(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            MemorySegment value = frame.value();
            int status = Abi.kv_get(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    value, frame.error);
            if (!frame.isFound(status)) {
                return Optional.empty();
            }
            EntryInfo info = infoOf(key, value);
            return Frame.take(value).map(it -> new Entry(key, it, info.version(), info.expiresAt()));
        }
    }

    /** Returns the entry of a key, or nothing if it is absent. */
    public Optional<Entry> entry(String group, String key) {
        return entry(Bytes.named("group", group), Bytes.named("key", key));
    }

    /** Returns the entry of a key without its value, or nothing if it is absent. */
    public Optional<EntryInfo> info(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            MemorySegment value = frame.value();
            int status = Abi.kv_get_info(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    value, frame.error);
            return frame.isFound(status) ? Optional.of(infoOf(key, value)) : Optional.empty();
        }
    }

    /** Returns the entry of a key without its value, or nothing if it is absent. */
    public Optional<EntryInfo> info(String group, String key) {
        return info(Bytes.named("group", group), Bytes.named("key", key));
    }

    static EntryInfo infoOf(Bytes key, MemorySegment value) {
        return new EntryInfo(key, value.get(JAVA_LONG, Abi.kv_value.value_size),
                value.get(JAVA_LONG, Abi.kv_value.version),
                Times.expiryOf(value.get(JAVA_LONG, Abi.kv_value.expires_at_ms)));
    }

    @Override
    public boolean exists(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            return frame.isFound(Abi.kv_exists(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                    key.length(), frame.error));
        }
    }

    @Override
    public Optional<Duration> ttl(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            MemorySegment ttl = frame.number();
            int status = Abi.kv_ttl(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(), ttl,
                    frame.error);
            return frame.isFound(status) ? Optional.of(Times.ttlOf(ttl.get(JAVA_LONG, 0))) : Optional.empty();
        }
    }

    @Override
    public void set(Bytes group, Bytes key, Bytes value) {
        set(group, key, value, Abi.KV_TTL_DEFAULT);
    }

    @Override
    public void set(Bytes group, Bytes key, Bytes value, Duration ttl) {
        set(group, key, value, Times.ttl(ttl));
    }

    private void set(Bytes group, Bytes key, Bytes value, long ttlMs) {
        try (Frame frame = new Frame(this)) {
            frame.check(Abi.kv_set_ttl(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    frame.bytes(value), value.length(), ttlMs, frame.error));
        }
    }

    /**
     * Writes a value with options, and returns the version of the entry.
     *
     * @throws ConflictException with the version of the key if the condition does not hold
     */
    public long put(Bytes group, Bytes key, Bytes value, PutOptions options) {
        try (Frame frame = new Frame(this)) {
            MemorySegment version = frame.number();
            int status = Abi.kv_put(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    frame.bytes(value), value.length(), options.in(frame), version, frame.error);
            if (frame.check(status) == Abi.KV_CONFLICT) {
                throw conflict("put", group, key, version.get(JAVA_LONG, 0));
            }
            return version.get(JAVA_LONG, 0);
        }
    }

    /** Writes a text with options, and returns the version of the entry. */
    public long put(String group, String key, String value, PutOptions options) {
        return put(Bytes.named("group", group), Bytes.named("key", key), Bytes.named("value", value),
                Objects.requireNonNull(options, "options"));
    }

    static ConflictException conflict(String verb, Bytes group, Bytes key, long version) {
        String where = version == 0 ? "" : ", it is at version " + Long.toUnsignedString(version);
        return new ConflictException("%s \"%s\" of group \"%s\": the condition does not hold%s"
                .formatted(verb, key, group, where), version);
    }

    @Override
    public boolean delete(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            return frame.isFound(Abi.kv_delete(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                    key.length(), frame.error));
        }
    }

    /**
     * Deletes a key that is at a version, and returns whether it was present.
     *
     * @throws ConflictException if it is at another version
     */
    public boolean deleteVersion(Bytes group, Bytes key, long version) {
        try (Frame frame = new Frame(this)) {
            int status = Abi.kv_delete_version(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                    key.length(), version, frame.error);
            if (frame.check(status) == Abi.KV_CONFLICT) {
                throw conflict("delete", group, key, 0);
            }
            return frame.isFound(status);
        }
    }

    /** Deletes a key that is at a version, and returns whether it was present. */
    public boolean deleteVersion(String group, String key, long version) {
        return deleteVersion(Bytes.named("group", group), Bytes.named("key", key), version);
    }

    /**
     * Deletes a key and returns the value that it had, which exactly one of several callers
     * receives.
     */
    public Optional<Bytes> take(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            MemorySegment value = frame.value();
            frame.check(Abi.kv_take(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    value, frame.error));
            return Frame.take(value);
        }
    }

    /** Deletes a key and returns the value that it had. */
    public Optional<Bytes> take(String group, String key) {
        return take(Bytes.named("group", group), Bytes.named("key", key));
    }

    @Override
    public long increment(Bytes group, Bytes key, long delta) {
        return increment(group, key, delta, Abi.KV_TTL_DEFAULT);
    }

    @Override
    public long increment(Bytes group, Bytes key, long delta, Duration ttlIfCreated) {
        return increment(group, key, delta, Times.ttl(ttlIfCreated));
    }

    private long increment(Bytes group, Bytes key, long delta, long ttlMs) {
        try (Frame frame = new Frame(this)) {
            MemorySegment sum = frame.number();
            frame.check(Abi.kv_increment(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    delta, ttlMs, sum, frame.error));
            return sum.get(JAVA_LONG, 0);
        }
    }

    @Override
    public long append(Bytes group, Bytes key, Bytes value) {
        return append(group, key, value, Abi.KV_TTL_DEFAULT);
    }

    @Override
    public long append(Bytes group, Bytes key, Bytes value, Duration ttlIfCreated) {
        return append(group, key, value, Times.ttl(ttlIfCreated));
    }

    private long append(Bytes group, Bytes key, Bytes value, long ttlMs) {
        try (Frame frame = new Frame(this)) {
            MemorySegment length = frame.number();
            frame.check(Abi.kv_append(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    frame.bytes(value), value.length(), ttlMs, length, frame.error));
            return length.get(JAVA_LONG, 0);
        }
    }

    @Override
    public boolean expire(Bytes group, Bytes key, Duration ttl, ExpireIf... conditions) {
        long ttlMs = Times.ttl(ttl);
        int flags = ExpireIf.flags(conditions);
        try (Frame frame = new Frame(this)) {
            int status = Abi.kv_expire(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    ttlMs, flags, frame.error);
            if (frame.check(status) == Abi.KV_CONFLICT) {
                throw conflict("expire", group, key, 0);
            }
            return frame.isFound(status);
        }
    }

    /** Removes the expiry of a key, and returns whether it is present. */
    public boolean persist(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            return frame.isFound(Abi.kv_persist(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                    key.length(), frame.error));
        }
    }

    /** Removes the expiry of a key, and returns whether it is present. */
    public boolean persist(String group, String key) {
        return persist(Bytes.named("group", group), Bytes.named("key", key));
    }
}
