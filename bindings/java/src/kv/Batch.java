package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A list of steps that are applied together, in their order, or not at all. Conditions see the
 * store as it is before the batch; reads see the steps before them. The methods that add a step
 * return the batch. One thread uses a batch at a time.
 */
public final class Batch extends Handle {
    private final Store store;
    private int steps;

    private Batch(MemorySegment id, Store store) {
        super(id, "batch", Abi::kv_batch_close);
        this.store = store;
    }

    static Batch open(Store store) {
        // A batch is no object of a store in the library; this one is.
        store.handle();
        try (Frame frame = new Frame(store)) {
            return new Batch(opened(frame, out -> Abi.kv_batch_new(out, frame.error)), store);
        }
    }

    /** A function of the library that adds a step. */
    private interface Adding {
        int add(Frame frame);
    }

    private Batch add(Adding adding) {
        try (Frame frame = new Frame(this)) {
            frame.check(adding.add(frame));
        }
        steps++;
        return this;
    }

    /** The batch is applied only if a key is at a version; 0 means absent. */
    public Batch check(Bytes group, Bytes key, long version) {
        return add(frame -> Abi.kv_batch_check(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                key.length(), version, frame.error));
    }

    /** The batch is applied only if a key is at a version; 0 means absent. */
    public Batch check(String group, String key, long version) {
        return check(Bytes.named("group", group), Bytes.named("key", key), version);
    }

    /** The batch is applied only if a lock is still held. */
    public Batch checkLock(Lock lock) {
        return add(frame -> Abi.kv_batch_check_lock(handle(), frame.bytes(lock.name()), lock.name().length(),
                lock.proof(), frame.error));
    }

    /** Reads a value as the steps before this one leave it. */
    public Batch get(Bytes group, Bytes key) {
        return add(frame -> Abi.kv_batch_get(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                key.length(), frame.error));
    }

    /** Reads a value as the steps before this one leave it. */
    public Batch get(String group, String key) {
        return get(Bytes.named("group", group), Bytes.named("key", key));
    }

    /** Writes a value. A condition in the options is one of the whole batch. */
    public Batch set(Bytes group, Bytes key, Bytes value, PutOptions options) {
        return add(frame -> Abi.kv_batch_set(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                key.length(), frame.bytes(value), value.length(), options.in(frame), frame.error));
    }

    /** Writes a text. */
    public Batch set(String group, String key, String value) {
        return set(group, key, value, PutOptions.DEFAULT);
    }

    /** Writes a text with options. */
    public Batch set(String group, String key, String value, PutOptions options) {
        return set(Bytes.named("group", group), Bytes.named("key", key), Bytes.named("value", value), options);
    }

    /** Deletes a key. */
    public Batch delete(Bytes group, Bytes key) {
        return add(frame -> Abi.kv_batch_delete(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                key.length(), frame.error));
    }

    /** Deletes a key. */
    public Batch delete(String group, String key) {
        return delete(Bytes.named("group", group), Bytes.named("key", key));
    }

    /** Reads a value and deletes its key. */
    public Batch take(Bytes group, Bytes key) {
        return add(frame -> Abi.kv_batch_take(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                key.length(), frame.error));
    }

    /** Reads a value and deletes its key. */
    public Batch take(String group, String key) {
        return take(Bytes.named("group", group), Bytes.named("key", key));
    }

    /** Adds to the integer under a key; a new entry has this ttl, or with none the default_ttl. */
    public Batch increment(Bytes group, Bytes key, long delta, Optional<Duration> ttlIfCreated) {
        long ttl = ttlIfCreated.map(Times::ttl).orElse(Abi.KV_TTL_DEFAULT);
        return add(frame -> Abi.kv_batch_increment(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                key.length(), delta, ttl, frame.error));
    }

    /** Adds to the integer under a key. */
    public Batch increment(String group, String key, long delta) {
        return increment(Bytes.named("group", group), Bytes.named("key", key), delta, Optional.empty());
    }

    /** Appends to a value; a new entry has this ttl, or with none the default_ttl. */
    public Batch append(Bytes group, Bytes key, Bytes value, Optional<Duration> ttlIfCreated) {
        long ttl = ttlIfCreated.map(Times::ttl).orElse(Abi.KV_TTL_DEFAULT);
        return add(frame -> Abi.kv_batch_append(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                key.length(), frame.bytes(value), value.length(), ttl, frame.error));
    }

    /** Gives a key another expiry. */
    public Batch expire(Bytes group, Bytes key, Duration ttl, ExpireIf... conditions) {
        long ttlMs = Times.ttl(ttl);
        return add(frame -> Abi.kv_batch_expire(handle(), frame.bytes(group), group.length(), frame.bytes(key),
                key.length(), ttlMs, ExpireIf.flags(conditions), frame.error));
    }

    /** Deletes the keys of a group that begin with these bytes; the whole group with none. */
    public Batch deletePrefix(Bytes group, Bytes prefix) {
        return add(frame -> Abi.kv_batch_delete_prefix(handle(), frame.bytes(group), group.length(),
                frame.bytes(prefix), prefix.length(), frame.error));
    }

    /**
     * Applies all steps, and returns the result of each. The batch keeps its steps, and may be
     * committed again.
     *
     * @throws ConflictException with the step whose condition does not hold, and the version of
     *     its key
     */
    public List<StepResult> commit() {
        apply();
        List<StepResult> results = new ArrayList<>(steps);
        for (int step = 0; step < steps; step++) {
            results.add(result(step));
        }
        return results;
    }

    /** Applies all steps, without their results. */
    void apply() {
        try (Frame frame = new Frame(this)) {
            if (frame.check(Abi.kv_batch_commit(store.handle(), handle(), frame.error)) == Abi.KV_CONFLICT) {
                throw conflict();
            }
        }
    }

    private ConflictException conflict() {
        for (int step = 0; step < steps; step++) {
            try (Frame frame = new Frame(this)) {
                MemorySegment value = frame.value();
                if (Abi.kv_batch_result(handle(), step, value, frame.error) == Abi.KV_CONFLICT) {
                    return new ConflictException("commit: the condition of step " + step + " does not hold",
                            value.get(JAVA_LONG, Abi.kv_value.version), step);
                }
            }
        }
        return new ConflictException("commit: a condition does not hold", 0);
    }

    private StepResult result(int step) {
        try (Frame frame = new Frame(this)) {
            MemorySegment value = frame.value();
            int status = frame.check(Abi.kv_batch_result(handle(), step, value, frame.error));
            long version = value.get(JAVA_LONG, Abi.kv_value.version);
            return new StepResult(Status.of(status), Frame.take(value), version);
        }
    }

    /** Removes all steps. */
    public Batch clear() {
        try (Frame frame = new Frame(this)) {
            frame.check(Abi.kv_batch_clear(handle(), frame.error));
        }
        steps = 0;
        return this;
    }
}
