package kv;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/** Opens stores; sets the log and the trace, which are of the whole process. */
public final class Kv {
    /** A ttl: for ever, whatever the default_ttl of the store. So is {@link Duration#ZERO}. */
    public static final Duration NEVER = Duration.ofMillis(-1);

    private Kv() {}

    /**
     * Opens a store: a path, or a URI such as {@code memory:} or {@code
     * sqlite:app.db?durability=full}. A missing file is created.
     *
     * @throws KvException if the location, an option or the file is refused; the message names it
     * @throws UnsatisfiedLinkError if the library cannot be loaded
     * @throws UnsupportedOperationException if Java is older than 22
     */
    public static Store open(String location) {
        load();
        return Store.open(location);
    }

    /** Opens the file at a path, also one that looks like a URI. */
    public static Store open(Path path) {
        return open(path.isAbsolute() ? path.toString() : Path.of(".").resolve(path).toString());
    }

    /** Opens the store of a service in a services file. */
    public static Store openConfig(Path file, String service) {
        load();
        return Store.openConfig(file, service);
    }

    /** Returns the version of the library, such as "0.2.0". */
    public static String version() {
        load();
        return Abi.kv_version().reinterpret(64).getString(0);
    }

    /**
     * Sends the records of a level and those before it to a receiver, in place of the one before.
     * They come one after the other, in a thread of the library, never inside a call of the
     * program. At most 1,024 records wait for a slow receiver; more are dropped and counted in a
     * record. Its own calls are not logged. The close of a store waits until the records before it
     * were received, for a second at most. An exception of the receiver is passed to the handler
     * of uncaught exceptions of that thread, and the log goes on.
     *
     * @throws KvException with {@link Status#BUSY} inside a receiver
     */
    public static void setLog(LogLevel level, Consumer<LogRecord> receiver) {
        load();
        Log.set(level, receiver);
    }

    /**
     * Sends records to a logger, as {@link #setLog(LogLevel, Consumer)} does, from the most
     * detailed level on that it logs now.
     */
    public static void setLog(System.Logger logger) {
        load();
        Log.set(logger);
    }

    /**
     * Ends the log. The receiver has all records when this returns.
     *
     * @throws KvException with {@link Status#BUSY} inside a receiver
     */
    public static void endLog() {
        load();
        Log.end();
    }

    /** Traces each call on a store, without keys, in place of the trace before. */
    public static void setTrace(Tracer tracer) {
        setTrace(tracer, false);
    }

    /**
     * Traces each call on a store, and the commits of transactions and of values in pieces, in
     * place of the trace before; with keys, or without. The time of the tracer is added to each
     * call. A call that is refused because its store is closed is not traced.
     */
    public static void setTrace(Tracer tracer, boolean withKeys) {
        load();
        Trace.set(tracer, withKeys);
    }

    /** Ends the trace. A call that has begun in another thread may still end with it. */
    public static void endTrace() {
        load();
        Trace.end();
    }

    // The methods above name classes that need a new Java, which are loaded only after this check.
    private static void load() {
        int feature = Runtime.version().feature();
        if (feature < 22) {
            throw new UnsupportedOperationException("kv needs Java 22 or later, whose java.lang.foreign is final; "
                    + "this is Java " + feature + " in " + System.getProperty("java.home"));
        }
        Library.load();
    }
}
