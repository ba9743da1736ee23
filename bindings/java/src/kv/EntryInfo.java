package kv;

import java.time.Instant;
import java.util.Optional;

/**
 * An entry without its value.
 *
 * @param key its key
 * @param size the size of its value in bytes
 * @param version its version, an unsigned number that each write changes
 * @param expiresAt the instant at which it ends, or none if it never does
 */
public record EntryInfo(Bytes key, long size, long version, Optional<Instant> expiresAt) {}
