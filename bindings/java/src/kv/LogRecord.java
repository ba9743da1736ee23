package kv;

import java.time.Instant;

/**
 * A record of the log. None has a password, a key or a value.
 *
 * @param level its level
 * @param time when it was made
 * @param topic the topic: log, open, close, recovery, checkpoint, stall, purge, slow, connection,
 *     failover, poison, panic or watch
 * @param store the store: its path, or the addresses and the prefix, without options; empty if the
 *     record is about none
 * @param message a sentence
 */
public record LogRecord(LogLevel level, Instant time, String topic, String store, String message) {}
