package kv;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;

/** The log of the library, whose records come in a thread of its own. */
final class Log {
    private static final MemorySegment RECEIVE = Library.callback(Log.class, "receive", Abi.kv_log_fn.TYPE);

    private Log() {}

    static void set(LogLevel level, Consumer<LogRecord> receiver) {
        int code = Objects.requireNonNull(level, "level").ordinal();
        Objects.requireNonNull(receiver, "receiver");
        Callbacks.pass(receiver, (data, destroy, error) -> Abi.kv_set_log(code, RECEIVE, data, destroy, error));
    }

    static void set(System.Logger logger) {
        set(levelOf(logger), record -> logger.log(levelOf(record.level()), text(record)));
    }

    static void end() {
        try (Frame frame = new Frame(null)) {
            frame.check(Abi.kv_set_log(Abi.KV_LOG_OFF, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL,
                    frame.error));
        }
    }

    /** Returns the most detailed level that a logger has. */
    private static LogLevel levelOf(System.Logger logger) {
        LogLevel level = LogLevel.OFF;
        for (LogLevel next : LogLevel.values()) {
            if (next != LogLevel.OFF && logger.isLoggable(levelOf(next))) {
                level = next;
            }
        }
        return level;
    }

    static System.Logger.Level levelOf(LogLevel level) {
        return level == LogLevel.WARN ? System.Logger.Level.WARNING : System.Logger.Level.valueOf(level.name());
    }

    private static String text(LogRecord record) {
        String store = record.store().isEmpty() ? "" : record.store() + ": ";
        return record.topic() + ": " + store + record.message();
    }

    /** Is called by the library. */
    @SuppressWarnings("unchecked")
    static void receive(MemorySegment data, MemorySegment record) {
        try {
            ((Consumer<LogRecord>) Callbacks.find(data)).accept(read(record));
        } catch (Throwable raised) {
            Callbacks.report(raised);
        }
    }

    private static LogRecord read(MemorySegment record) {
        MemorySegment of = record.reinterpret(Abi.kv_log_record.LAYOUT.byteSize());
        return new LogRecord(LogLevel.of(of.get(JAVA_INT, Abi.kv_log_record.level)),
                Instant.ofEpochMilli(of.get(JAVA_LONG, Abi.kv_log_record.time_ms)),
                text(of, Abi.kv_log_record.topic), text(of, Abi.kv_log_record.store),
                text(of, Abi.kv_log_record.message));
    }

    private static String text(MemorySegment record, long field) {
        return record.get(ADDRESS, field).reinterpret(Long.MAX_VALUE).getString(0);
    }
}
