package kv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;

/**
 * Records of operations that must not run twice, such as payments, under keys that clients choose.
 * Of all callers that begin one, in any thread or process, exactly one starts it; the others see
 * that it is in progress, or its response.
 */
public final class Idempotency {
    private final Store store;

    Idempotency(Store store) {
        this.store = store;
    }

    /** The states of a record; the numbers are those of kv.h. */
    public enum State {
        /** This caller runs the operation, and then completes it with the token. */
        STARTED,
        /** Another caller runs the operation. */
        IN_PROGRESS,
        /** The operation has run; its response is returned. */
        COMPLETED,
        /** The key is in use for another request. */
        MISMATCH
    }

    /**
     * A record.
     *
     * @param state its state
     * @param token the token of the caller that starts the operation, otherwise 0
     * @param response the stored response, of one that is completed
     */
    public record Record(State state, long token, Optional<Bytes> response) {}

    /**
     * Begins an operation under a key. The request, at most 1,024 bytes and usually a hash,
     * distinguishes different ones under the same key. The record expires after the ttl, whatever
     * its state; a ttl must be longer than the operation can take.
     */
    public Record begin(Bytes key, Bytes request, Duration ttl) {
        long ttlMs = Times.ttl(ttl) == Abi.KV_TTL_NEVER ? 0 : Times.ttl(ttl);
        try (Frame frame = new Frame(store)) {
            MemorySegment state = frame.number();
            MemorySegment token = frame.number();
            MemorySegment response = frame.value();
            frame.check(Abi.kv_idempotency_begin(store.handle(), frame.bytes(key), key.length(), frame.bytes(request),
                    request.length(), ttlMs, state, token, response, frame.error));
            return new Record(stateOf(state), token.get(JAVA_LONG, 0), Frame.take(response));
        }
    }

    /** Begins an operation under a key. */
    public Record begin(String key, String request, Duration ttl) {
        return begin(Bytes.named("key", key), Bytes.named("request", request), ttl);
    }

    private static State stateOf(MemorySegment state) {
        return State.values()[state.get(JAVA_INT, 0) - 1];
    }

    /**
     * Stores the response of an operation that this caller has started, and returns whether the
     * record is still there.
     *
     * @throws ConflictException if another caller has started or completed it meanwhile
     */
    public boolean complete(Bytes key, long token, Bytes response) {
        try (Frame frame = new Frame(store)) {
            return found(frame, "complete", Abi.kv_idempotency_complete(store.handle(), frame.bytes(key), key.length(),
                    token, frame.bytes(response), response.length(), frame.error));
        }
    }

    /** Stores the response of an operation that this caller has started. */
    public boolean complete(String key, long token, String response) {
        return complete(Bytes.named("key", key), token, Bytes.named("response", response));
    }

    /** Returns the record under a key, if there is one. */
    public Optional<Record> get(Bytes key) {
        try (Frame frame = new Frame(store)) {
            MemorySegment state = frame.number();
            MemorySegment response = frame.value();
            int status = Abi.kv_idempotency_get(store.handle(), frame.bytes(key), key.length(), state, response,
                    frame.error);
            return frame.isFound(status)
                    ? Optional.of(new Record(stateOf(state), 0, Frame.take(response))) : Optional.empty();
        }
    }

    /**
     * Removes a record, so that the operation can start again, and returns whether there was one:
     * with the token of the caller that started it only while it is in progress under that token,
     * with 0 in any state.
     *
     * @throws ConflictException if it is not in progress under the token
     */
    public boolean forget(Bytes key, long token) {
        try (Frame frame = new Frame(store)) {
            return found(frame, "forget", Abi.kv_idempotency_forget(store.handle(), frame.bytes(key), key.length(),
                    token, frame.error));
        }
    }

    private static boolean found(Frame frame, String verb, int status) {
        if (frame.check(status) == Abi.KV_CONFLICT) {
            throw new ConflictException(verb + ": the record is not in progress under this token", 0);
        }
        return status != Abi.KV_NOT_FOUND;
    }
}
