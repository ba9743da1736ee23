package kv;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * An open store. Any thread may make any call at any time, {@link #close} among them, which waits
 * for calls that run, and ends the cursors, transactions, watches, readers and writers of the
 * store. A store that is forgotten is closed by a cleaner.
 */
public final class Store extends StoreRanges {
    /** The most times that {@link #update(Function)} runs its function. */
    public static final int TRIES = 16;

    private Store(MemorySegment id) {
        super(id);
    }

    static Store open(String location) {
        try (Frame frame = new Frame(null)) {
            MemorySegment text = frame.string("location", location);
            return new Store(opened(frame, out -> Abi.kv_open(text, out, frame.error)));
        }
    }

    static Store openConfig(Path file, String service) {
        try (Frame frame = new Frame(null)) {
            MemorySegment path = frame.string("path", file.toString());
            MemorySegment name = frame.string("service", service);
            return new Store(opened(frame, out -> Abi.kv_open_config(path, name, out, frame.error)));
        }
    }

    /** Opens a store that is narrowed to a namespace. It stays open when this one is closed. */
    public Store scope(String namespace) {
        try (Frame frame = new Frame(this)) {
            MemorySegment name = frame.string("namespace", namespace);
            return new Store(opened(frame, out -> Abi.kv_scope(handle(), name, out, frame.error)));
        }
    }

    /**
     * Opens a store that reads this one as it is now, for as many calls as follow. It stays open
     * when this one is closed.
     */
    public Store snapshot() {
        try (Frame frame = new Frame(this)) {
            return new Store(opened(frame, out -> Abi.kv_snapshot(handle(), out, frame.error)));
        }
    }

    @Override
    Batch newBatch() {
        return batch();
    }

    /** Returns an empty batch. */
    public Batch batch() {
        return Batch.open(this);
    }

    /** Begins a transaction. */
    public Transaction transaction() {
        return Transaction.begin(this);
    }

    /**
     * Calls a function with a transaction, commits it, and returns what the function has returned.
     * After another commit was first, the function is called again with a new transaction, after a
     * short and random wait, at most {@link #TRIES} times in all. So it must do nothing that may
     * not be done twice. An exception of the function aborts the transaction and is thrown from
     * here; if it aborts the transaction itself, nothing is written.
     *
     * @throws ConflictException if another commit was first each time
     */
    public <T> T update(Function<Transaction, T> change) {
        return update(change, TRIES);
    }

    /** Calls a function with a transaction and commits it, at most so many times. */
    public <T> T update(Function<Transaction, T> change, int tries) {
        for (int attempt = 1;; attempt++) {
            try (Transaction transaction = transaction()) {
                T result = change.apply(transaction);
                if (!transaction.isOpen()) {
                    return result;
                }
                try {
                    transaction.commit();
                    return result;
                } catch (ConflictException changed) {
                    if (attempt >= tries) {
                        throw changed;
                    }
                }
            }
            pause(attempt);
        }
    }

    /**
     * Waits up to a millisecond for each attempt, so that two writers do not meet again and again.
     */
    private static void pause(int attempt) {
        try {
            Thread.sleep(Duration.ofNanos(ThreadLocalRandom.current().nextLong(1_000_000L * attempt)));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Begins to watch the changes that the options select. */
    public Watch watch(Watch.Options options) {
        return Watch.open(this, options);
    }

    /** Opens the value under a key for reading in pieces, or nothing if the key is absent. */
    public Optional<ValueReader> reader(Bytes group, Bytes key) {
        return ValueReader.open(this, group, key);
    }

    /** Opens the value under a key for reading in pieces, or nothing if the key is absent. */
    public Optional<ValueReader> reader(String group, String key) {
        return reader(Bytes.named("group", group), Bytes.named("key", key));
    }

    /**
     * Begins to write the value of a key in pieces. A condition in the options has to hold at the
     * commit.
     */
    public ValueWriter writer(Bytes group, Bytes key, PutOptions options) {
        return ValueWriter.open(this, group, key, options);
    }

    /** Begins to write the value of a key in pieces. */
    public ValueWriter writer(String group, String key) {
        return writer(Bytes.named("group", group), Bytes.named("key", key), PutOptions.DEFAULT);
    }

    /**
     * Acquires a lock for a lease, or returns nothing if another owner holds it. No other caller,
     * in any thread or process, acquires it until it is released or its lease has ended. A lock is
     * not recursive.
     */
    public Optional<Lock> lock(String name, Duration lease) {
        return lock(Bytes.named("name", name), Bytes.EMPTY, lease, Duration.ZERO);
    }

    /** Acquires a lock for a lease, and waits for it for at most a time. */
    public Optional<Lock> lock(String name, Duration lease, Duration wait) {
        return lock(Bytes.named("name", name), Bytes.EMPTY, lease, wait);
    }

    /**
     * Acquires a lock with a description of its owner, at most 1,024 bytes, for others to read.
     */
    public Optional<Lock> lock(Bytes name, Bytes owner, Duration lease, Duration wait) {
        return Lock.acquire(this, name, owner, lease, wait);
    }

    /** Returns the holder of a lock, or nothing if it is free. */
    public Optional<Lock.Holder> lockHolder(Bytes name) {
        return Lock.holder(this, name);
    }

    /** Returns the idempotency records of the store. */
    public Idempotency idempotency() {
        return new Idempotency(this);
    }

    /** Returns the calls on the whole store. */
    public Maintenance maintenance() {
        return new Maintenance(this);
    }

    /**
     * Writes a value like {@link #set} if it is JSON; otherwise {@link Status#NOT_JSON}, with line
     * and column.
     */
    public void setJson(Bytes group, Bytes key, Bytes value) {
        try (Frame frame = new Frame(this)) {
            frame.check(Abi.kv_set_json(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    frame.bytes(value), value.length(), frame.error));
        }
    }

    /** Writes a text if it is JSON. */
    public void setJson(String group, String key, String value) {
        setJson(Bytes.named("group", group), Bytes.named("key", key), Bytes.named("value", value));
    }

    /**
     * Returns the part of a JSON value to which a JSON pointer leads, all with "", as it was
     * stored.
     */
    public Optional<Bytes> getJson(Bytes group, Bytes key, String path) {
        try (Frame frame = new Frame(this)) {
            MemorySegment value = frame.value();
            frame.check(Abi.kv_get_json(handle(), frame.bytes(group), group.length(), frame.bytes(key), key.length(),
                    frame.string("path", path), value, frame.error));
            return Frame.take(value);
        }
    }

    /** Returns the part of a JSON value to which a JSON pointer leads, as it was stored. */
    public Optional<String> getJson(String group, String key, String path) {
        return getJson(Bytes.named("group", group), Bytes.named("key", key), path).map(Bytes::text);
    }

    /**
     * Sets the limits of a namespace; 0 is no limit. A write that would exceed one is {@link
     * Status#QUOTA}.
     */
    public void setQuota(String namespace, long maxKeys, long maxGroups, long maxBytes) {
        try (Frame frame = new Frame(this)) {
            frame.check(Abi.kv_quota_set(handle(), frame.string("namespace", namespace), maxKeys, maxGroups, maxBytes,
                    frame.error));
        }
    }

    /** Returns the limits and the usage of a namespace. */
    public Quota quota(String namespace) {
        return Figures.of(this, Abi.kv_quota.LAYOUT, Quota.class, (frame, of) ->
                Abi.kv_quota_get(handle(), frame.string("namespace", namespace), of, frame.error));
    }
}
