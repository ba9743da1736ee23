package kv;

/**
 * The quota of a namespace, and its usage. 0 is no limit; without a limit nothing is counted.
 *
 * @param maxKeys the limit of keys
 * @param maxGroups the limit of groups
 * @param maxBytes the limit of the bytes of groups, keys and values
 * @param keys the number of keys
 * @param groups the number of groups
 * @param bytes the number of bytes
 */
public record Quota(long maxKeys, long maxGroups, long maxBytes, long keys, long groups, long bytes) {}
