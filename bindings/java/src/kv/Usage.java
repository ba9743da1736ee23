package kv;

/**
 * The contents of a store or of a namespace.
 *
 * @param entries the number of live entries
 * @param bytes the bytes of their groups, keys and values
 * @param expiredEntries the number of expired entries that are not purged yet
 */
public record Usage(long entries, long bytes, long expiredEntries) {}
