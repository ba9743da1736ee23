package kv;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The trace of calls, as the library has it. */
final class Trace {
    private static final MemorySegment PASS = Library.callback(Trace.class, "pass", Abi.kv_trace_fn.TYPE);

    private final Tracer tracer;
    /** The values that the tracer has returned for calls that run, by the numbers that the library keeps. */
    private final Map<Long, Object> begun = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    private Trace(Tracer tracer) {
        this.tracer = tracer;
    }

    static void set(Tracer tracer, boolean withKeys) {
        Trace trace = new Trace(Objects.requireNonNull(tracer, "tracer"));
        int flags = withKeys ? Abi.KV_TRACE_KEYS : 0;
        Callbacks.pass(trace, (data, destroy, error) -> Abi.kv_set_trace(flags, PASS, data, destroy, error));
    }

    static void end() {
        try (Frame frame = new Frame(null)) {
            frame.check(Abi.kv_set_trace(0, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL, frame.error));
        }
    }

    /** Is called by the library. */
    static long pass(MemorySegment data, MemorySegment call) {
        try {
            return ((Trace) Callbacks.find(data)).pass(call.reinterpret(Abi.kv_trace_call.LAYOUT.byteSize()));
        } catch (Throwable raised) {
            Callbacks.report(raised);
            return 0;
        }
    }

    private long pass(MemorySegment call) {
        TracedCall shown = new TracedCall(CallKind.of(call.get(JAVA_INT, Abi.kv_trace_call.kind)),
                bytes(call, Abi.kv_trace_call.group), bytes(call, Abi.kv_trace_call.key));
        if (call.get(JAVA_INT, Abi.kv_trace_call.phase) == Abi.KV_TRACE_BEGIN) {
            return kept(tracer.begin(shown));
        }
        long number = call.get(JAVA_LONG, Abi.kv_trace_call.context);
        tracer.end(shown, number == 0 ? null : begun.remove(number),
                Status.of(call.get(JAVA_INT, Abi.kv_trace_call.status)),
                Duration.ofNanos(call.get(JAVA_LONG, Abi.kv_trace_call.duration_ns)));
        return 0;
    }

    /** Keeps an object until the end of its call, and returns its number; 0 for null. */
    private long kept(Object object) {
        if (object == null) {
            return 0;
        }
        long number = last.incrementAndGet();
        begun.put(number, object);
        return number;
    }

    private static Optional<Bytes> bytes(MemorySegment call, long field) {
        return call.get(ADDRESS, field).address() == 0 ? Optional.empty() : Optional.of(Frame.borrowed(call, field));
    }
}
