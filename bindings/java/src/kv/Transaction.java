package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads and buffered writes of one store, which are committed together if no entry that was read
 * has changed. It sees its own writes, and holds no lock and no snapshot. {@link #close} without a
 * commit discards the writes. One thread uses a transaction at a time.
 */
public final class Transaction extends Handle implements EntryCalls {
    private final Store store;

    private Transaction(MemorySegment id, Store store) {
        super(id, "transaction", Abi::kv_txn_abort);
        this.store = store;
    }

    static Transaction begin(Store store) {
        try (Frame frame = new Frame(store)) {
            return new Transaction(opened(frame, out -> Abi.kv_txn_begin(store.handle(), out, frame.error)), store);
        }
    }

    @Override
    public Optional<Bytes> get(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            MemorySegment value = frame.value();
            frame.check(Abi.kv_txn_get(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    value, frame.error));
            return Frame.take(value);
        }
    }

    @Override
    public boolean exists(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            return frame.isFound(Abi.kv_txn_exists(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                    key.length(), frame.error));
        }
    }

    @Override
    public Optional<Duration> ttl(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            MemorySegment ttl = frame.number();
            int status = Abi.kv_txn_ttl(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    ttl, frame.error);
            return frame.isFound(status) ? Optional.of(Times.ttlOf(ttl.get(JAVA_LONG, 0))) : Optional.empty();
        }
    }

    @Override
    public void set(Bytes group, Bytes key, Bytes value) {
        set(group, key, value, PutOptions.DEFAULT);
    }

    @Override
    public void set(Bytes group, Bytes key, Bytes value, Duration ttl) {
        set(group, key, value, PutOptions.DEFAULT.ttl(ttl));
    }

    /**
     * Buffers a write. A condition is checked now, on the key as the transaction sees it, and
     * counts as a read.
     *
     * @throws ConflictException if it does not hold: this write is left out, and the transaction
     *     goes on
     */
    public void set(Bytes group, Bytes key, Bytes value, PutOptions options) {
        try (Frame frame = new Frame(this)) {
            int status = Abi.kv_txn_set(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    frame.bytes(value), value.length(), options.in(frame), frame.error);
            if (frame.check(status) == Abi.KV_CONFLICT) {
                throw StoreEntries.conflict("set", group, key, 0);
            }
        }
    }

    @Override
    public boolean delete(Bytes group, Bytes key) {
        try (Frame frame = new Frame(this)) {
            return frame.isFound(Abi.kv_txn_delete(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                    key.length(), frame.error));
        }
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
            frame.check(Abi.kv_txn_increment(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                    key.length(), delta, ttlMs, sum, frame.error));
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
            frame.check(Abi.kv_txn_append(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    frame.bytes(value), value.length(), ttlMs, length, frame.error));
            return length.get(JAVA_LONG, 0);
        }
    }

    @Override
    public boolean expire(Bytes group, Bytes key, Duration ttl, ExpireIf... conditions) {
        try (Frame frame = new Frame(this)) {
            int status = Abi.kv_txn_expire(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    Times.ttl(ttl), ExpireIf.flags(conditions), frame.error);
            if (frame.check(status) == Abi.KV_CONFLICT) {
                throw StoreEntries.conflict("expire", group, key, 0);
            }
            return frame.isFound(status);
        }
    }

    /** Scans a group as the transaction sees it. The scan counts as a read of its range. */
    @Override
    public Cursor<Entry> scan(Bytes group, ScanOptions options) {
        return scan(group, options, Flat.Row::entry);
    }

    @Override
    public Cursor<Bytes> keys(Bytes group, ScanOptions options) {
        return scan(group, options.flagged(Abi.KV_SCAN_KEYS_ONLY), Flat.Row::key);
    }

    private <T> Cursor<T> scan(Bytes group, ScanOptions options, Function<Flat.Row, T> pick) {
        try (Frame frame = new Frame(this)) {
            MemorySegment given = options.in(frame);
            MemorySegment name = frame.bytes(group);
            return Cursor.open(this, frame, pick,
                    out -> Abi.kv_txn_scan(handle(), name, group.length(), given, out, frame.error));
        }
    }

    /**
     * Applies all writes, and ends the transaction. After another error than a conflict nothing
     * was written, and the transaction stays open.
     *
     * @throws ConflictException if an entry that was read has changed: nothing is written, and the
     *     transaction has ended
     */
    public void commit() {
        try (Frame frame = new Frame(this)) {
            int status = frame.check(Abi.kv_txn_commit(handle(), frame.error));
            ended();
            if (status == Abi.KV_CONFLICT) {
                throw new ConflictException("commit: an entry that the transaction has read was changed", 0);
            }
        }
    }

    /** Ends the transaction without its writes, as {@link #close} does. */
    public void abort() {
        close();
    }
}
