package kv;

import java.util.List;

/**
 * The metrics of the calls of one kind on a store. The counters begin at 0 when the engine opens,
 * and are shared by all stores on one file in the process. Of the calls that read one key, one in
 * 64 is timed and counted 64 times; so are those that write one key of a store in memory.
 *
 * @param kind the kind
 * @param calls the calls, those that failed included
 * @param errors the calls that failed
 * @param totalNs the duration of all calls, in nanoseconds
 * @param longestNs the duration of the longest call that was timed, in nanoseconds
 * @param buckets the calls by their duration: up to 100, 200, 500 ns, 1, 2, 5 us and so on to 1,
 *     2, 5, 10 s, and longer
 */
public record CallMetrics(CallKind kind, long calls, long errors, long totalNs, long longestNs, List<Long> buckets) {}
