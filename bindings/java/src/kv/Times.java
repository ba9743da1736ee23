package kv;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** Durations and instants as milliseconds, as the library has them. */
final class Times {
    private Times() {}

    /**
     * Returns a duration in milliseconds, rounded up, so that it never ends too early.
     *
     * @throws KvException with {@link Status#ARGUMENT} if it is negative or has more than 2^63 - 1
     *     of them
     */
    static long millis(String what, Duration duration) {
        if (Objects.requireNonNull(duration, what).isNegative()) {
            throw KvException.argument("a " + what + " must not be negative: " + duration);
        }
        try {
            long millis = duration.toMillis();
            return duration.getNano() % 1_000_000 == 0 ? millis : Math.addExact(millis, 1);
        } catch (ArithmeticException tooLong) {
            throw KvException.argument("a " + what + " of " + duration + " is too long");
        }
    }

    /** Returns a ttl in milliseconds; 0 and {@link Kv#NEVER} are for ever. */
    static long ttl(Duration ttl) {
        return Kv.NEVER.equals(ttl) ? Abi.KV_TTL_NEVER : millis("ttl", ttl);
    }

    static Duration ttlOf(long millis) {
        return millis == Abi.KV_TTL_NEVER ? Kv.NEVER : Duration.ofMillis(millis);
    }

    /** Returns an instant in milliseconds since 1970, rounded up. */
    static long instant(Instant at) {
        try {
            long millis = at.toEpochMilli();
            return at.getNano() % 1_000_000 == 0 ? millis : Math.addExact(millis, 1);
        } catch (ArithmeticException tooFar) {
            throw KvException.argument("an expiry of " + at + " is too far away");
        }
    }

    static Optional<Instant> expiryOf(long millis) {
        return millis == Abi.KV_TTL_NEVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
