package kv;

import java.util.Optional;

/**
 * A call on a store, as a {@link Tracer} sees it.
 *
 * @param kind the kind of the call
 * @param group the group, if the call names one and its name is valid
 * @param key the key, if the call names one, it is valid, and the trace was set with keys
 */
public record TracedCall(CallKind kind, Optional<Bytes> group, Optional<Bytes> key) {}
