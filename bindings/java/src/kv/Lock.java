package kv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A lock that was acquired. Its owner holds it until it releases it or the lease ends; it cannot
 * know that the lease has just ended. So the writes that need the lock check it in a batch ({@link
 * Batch#checkLock}), or pass its token to a resource that refuses lower ones.
 */
public final class Lock implements AutoCloseable {
    private final Store store;
    private final Bytes name;
    private final long token;
    private final long version;

    Lock(Store store, Bytes name, long token, long version) {
        this.store = store;
        this.name = name;
        this.token = token;
        this.version = version;
    }

    /**
     * The holder of a lock.
     *
     * @param owner the description that it gave
     * @param expiresAt the end of its lease
     */
    public record Holder(Bytes owner, Instant expiresAt) {}

    /** Returns a lock, or nothing if another owner holds it, also after the wait. */
    static Optional<Lock> acquire(Store store, Bytes name, Bytes owner, Duration lease, Duration wait) {
        long leaseMs = Times.millis("lease", lease);
        long waitMs = Times.millis("wait", wait);
        try (Frame frame = new Frame(store)) {
            MemorySegment lock = frame.structure(Abi.kv_lock.LAYOUT);
            int status = frame.check(Abi.kv_lock_acquire(store.handle(), frame.bytes(name), name.length(),
                    frame.bytes(owner), owner.length(), leaseMs, waitMs, lock, frame.error));
            return status == Abi.KV_CONFLICT ? Optional.empty() : Optional.of(new Lock(store, name,
                    lock.get(JAVA_LONG, Abi.kv_lock.token), lock.get(JAVA_LONG, Abi.kv_lock.version)));
        }
    }

    /** Returns the holder of a lock, or nothing if it is free. */
    static Optional<Holder> holder(Store store, Bytes name) {
        try (Frame frame = new Frame(store)) {
            MemorySegment owner = frame.value();
            if (!frame.isFound(Abi.kv_lock_get(store.handle(), frame.bytes(name), name.length(), owner, frame.error))) {
                return Optional.empty();
            }
            Instant end = Instant.ofEpochMilli(owner.get(JAVA_LONG, Abi.kv_value.expires_at_ms));
            return Optional.of(new Holder(Frame.take(owner).orElse(Bytes.EMPTY), end));
        }
    }

    /** The structure by which the library knows the lock, to be passed by value. */
    MemorySegment proof() {
        MemorySegment lock = MemorySegment.ofArray(new long[2]);
        lock.set(JAVA_LONG, Abi.kv_lock.token, token);
        lock.set(JAVA_LONG, Abi.kv_lock.version, version);
        return lock;
    }

    /** Returns the same lock under another name or of another store, which refuses it. */
    Lock of(Store other, Bytes otherName) {
        return new Lock(other, Objects.requireNonNull(otherName), token, version);
    }

    /** Returns the name of the lock. */
    public Bytes name() {
        return name;
    }

    /**
     * Returns the fencing token: each lock that is acquired later in the store has a higher one.
     */
    public long token() {
        return token;
    }

    /**
     * Gives the lock another lease, from now.
     *
     * @throws ConflictException if its lease has ended
     */
    public void renew(Duration lease) {
        long leaseMs = Times.millis("lease", lease);
        try (Frame frame = new Frame(store)) {
            held(frame.check(Abi.kv_lock_renew(store.handle(), frame.bytes(name), name.length(), proof(), leaseMs,
                    frame.error)), "renew");
        }
    }

    /**
     * Releases the lock.
     *
     * @throws ConflictException if its lease has ended, or it was released before
     */
    public void release() {
        try (Frame frame = new Frame(store)) {
            held(frame.check(Abi.kv_lock_release(store.handle(), frame.bytes(name), name.length(), proof(),
                    frame.error)), "release");
        }
    }

    private void held(int status, String verb) {
        if (status == Abi.KV_CONFLICT) {
            throw new ConflictException(verb + " the lock \"" + name + "\": it is no longer held", 0);
        }
    }

    /** Releases the lock if it is still held, and if its store is still open. */
    @Override
    public void close() {
        try {
            if (store.isOpen()) {
                release();
            }
        } catch (ConflictException lost) {
            // There is nothing to release.
        }
    }
}
