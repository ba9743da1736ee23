package kv;

import java.time.Instant;
import java.util.Optional;

/**
 * An entry as it was when it was read.
 *
 * @param key its key
 * @param value its value; empty in a scan of sizes
 * @param version its version, an unsigned number that each write changes
 * @param expiresAt the instant at which it ends, or none if it never does
 */
public record Entry(Bytes key, Bytes value, long version, Optional<Instant> expiresAt) {}
