package kv;

import static kv.Cases.check;
import static kv.Cases.raised;
import static kv.Cases.refused;
import static kv.Cases.refusedVoid;
import static kv.Cases.same;
import static kv.Cases.until;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.ResourceBundle;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Metrics, the log and the trace.
 *
 * <pre>java kv.TestObserve DIRECTORY</pre>
 */
public final class TestObserve {
    private static final Bytes GROUP = Bytes.of("group");
    private static final Bytes KEY = Bytes.of("key");

    private TestObserve() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 1) {
            endInside(arguments[1]);
            return;
        }
        Path directory = Path.of(arguments[0]);
        metrics(directory);
        log(directory);
        logger(directory);
        failingReceiver(directory);
        trace();
        tracedThreads();
        failingTracer();
        ends(directory);
        Cases.finish();
    }

    private static void metrics(Path directory) {
        Cases.withStore("metrics count reads, commits and calls", store -> {
            store.set("group", "key", "value");
            store.get("group", "key");
            store.get("group", "none");
            store.setMany("t:group", Map.of("key", "value"));
            refused(Status.ARGUMENT, "namespace", () -> store.scope("not a name"));
            Metrics metrics = store.maintenance().metrics();
            check(metrics.hits() == 1 && metrics.misses() == 1 && metrics.commits() == 2, metrics.toString());
            check(!metrics.isReadOnly() && !metrics.isPoisoned() && metrics.rowBytes() > 0, metrics.toString());
            same(Abi.KV_GROUP_BUCKETS, metrics.groupSizes().size());
            same(2L, metrics.groupSizes().get(0));
            CallMetrics batches = store.maintenance().callMetrics(CallKind.BATCH);
            check(batches.kind() == CallKind.BATCH && batches.calls() == 1 && batches.errors() == 0, "" + batches);
            check(batches.longestNs() == batches.totalNs() && batches.totalNs() > 0, "" + batches);
            same(Abi.KV_DURATION_BUCKETS, batches.buckets().size());
            same(1L, batches.buckets().stream().mapToLong(it -> it).sum());
            same(1L, store.maintenance().callMetrics(CallKind.NAMESPACE).errors());
            same(new Usage(2, 28, 0), store.maintenance().usage());
            try (Store scope = store.scope("t")) {
                same(1L, scope.maintenance().usage().entries());
                same(2L, scope.maintenance().metrics().commits());
            }
        });
        Cases.withStore("what has no metrics is refused", store -> {
            refused(Status.ARGUMENT, "kind", () -> store.maintenance().callMetrics(CallKind.UNKNOWN));
            raised(NullPointerException.class, "", () -> store.maintenance().callMetrics(null));
            try (Store snapshot = store.snapshot()) {
                Maintenance maintenance = snapshot.maintenance();
                refused(Status.UNSUPPORTED, "snapshot", maintenance::metrics);
                refused(Status.UNSUPPORTED, "snapshot", maintenance::metricsText);
                refused(Status.UNSUPPORTED, "snapshot", maintenance::usage);
            }
            store.close();
            Maintenance closed = store.maintenance();
            refused(Status.HANDLE, "closed", closed::usage);
            refused(Status.HANDLE, "closed", closed::metrics);
            refused(Status.HANDLE, "closed", closed::metricsText);
            refused(Status.HANDLE, "closed", () -> closed.callMetrics(CallKind.GET));
        });
        Cases.run("the text of metrics names the store without its options", () -> {
            try (Store store = Kv.open("sqlite:" + directory.resolve("metrics.db") + "?busy_timeout=77s")) {
                store.set("secret group", "secret key", "secret value");
                String text = store.maintenance().metricsText();
                check(text.contains("\nkv_commits_total{store=\"" + directory.resolve("metrics.db") + "\"} 1\n"), text);
                check(!text.contains("secret") && !text.contains("77s"), text);
            }
        });
    }

    /** Runs a body with a log, which has ended afterwards; returns its records. */
    private static List<LogRecord> logged(LogLevel level, Cases.Body body) throws Exception {
        List<LogRecord> records = new ArrayList<>();
        Kv.setLog(level, records::add);
        try {
            body.run();
        } finally {
            Kv.endLog();
        }
        same(0, Callbacks.count());
        return records;
    }

    private static void use(String location) {
        try (Store store = Kv.open(location)) {
            store.set("secret group", "secret key", "secret value");
        }
    }

    private static boolean hasNoSecret(List<LogRecord> records) {
        return records.stream().noneMatch(it -> it.toString().contains("secret"));
    }

    private static void log(Path directory) {
        String location = "sqlite:" + directory.resolve("log.db");
        Cases.run("the log has records of its level, until it ends", () -> {
            Instant begin = Instant.now().minusSeconds(1);
            List<LogRecord> info = logged(LogLevel.INFO, () -> use(location));
            same(List.of("open", "close"), info.stream().map(LogRecord::topic).toList());
            for (LogRecord record : info) {
                check(record.level() == LogLevel.INFO && record.store().endsWith("/log.db"), record.toString());
                check(record.time().isAfter(begin) && !record.message().isEmpty(), record.toString());
            }
            check(hasNoSecret(info), info.toString());
            List<LogRecord> debug = logged(LogLevel.DEBUG, () -> use(location));
            check(debug.size() >= 2 && hasNoSecret(debug), debug.toString());
            same(List.of(), logged(LogLevel.ERROR, () -> use(location)));
            same(List.of(), logged(LogLevel.OFF, () -> use(location)));
            use(location);
            same(2, info.size());
        });
        Cases.run("the log has slow calls, without their keys", () -> {
            List<LogRecord> records = logged(LogLevel.WARN, () -> {
                try (Store store = Kv.open(location + "?slow=20ms")) {
                    store.lock("secret", Duration.ofMinutes(1));
                    same(Optional.empty(), store.lock("secret", Duration.ofMinutes(1), Duration.ofMillis(40)));
                }
            });
            LogRecord slow = records.stream().filter(it -> it.topic().equals("slow")).findFirst().orElseThrow();
            check(slow.level() == LogLevel.WARN && slow.message().contains("lock"), slow.toString());
            check(hasNoSecret(records), records.toString());
        });
        Cases.run("no record has a password", () -> {
            List<LogRecord> records = logged(LogLevel.DEBUG, () -> raised(KvException.class, "", () ->
                    use("redis://ada:secret@127.0.0.1:1/0?connect_timeout=200ms&call_timeout=300ms")));
            check(hasNoSecret(records), records.toString());
        });
        Cases.run("a log is set in place of another, and what cannot be is refused", () -> {
            List<LogRecord> first = new ArrayList<>();
            Kv.setLog(LogLevel.INFO, first::add);
            raised(NullPointerException.class, "receiver", () -> Kv.setLog(LogLevel.INFO, null));
            raised(NullPointerException.class, "level", () -> Kv.setLog(null, first::add));
            List<LogRecord> second = logged(LogLevel.INFO, () -> use(location));
            same(0, first.size());
            same(2, second.size());
        });
    }

    private static void logger(Path directory) {
        Cases.run("a logger receives the records of its levels", () -> {
            List<String> lines = new ArrayList<>();
            Kv.setLog(new Collecting(System.Logger.Level.INFO, lines));
            use("sqlite:" + directory.resolve("logger.db"));
            Kv.endLog();
            same(2, lines.size());
            check(lines.get(0).startsWith("INFO open: ") && lines.get(0).contains("/logger.db: "), lines.toString());
            Kv.setLog(new Collecting(System.Logger.Level.ERROR, lines));
            use("sqlite:" + directory.resolve("logger.db"));
            Kv.setLog(new Collecting(System.Logger.Level.OFF, lines));
            use("sqlite:" + directory.resolve("logger.db"));
            Kv.endLog();
            same(2, lines.size());
            Kv.setLog(System.getLogger("kv"));
            Kv.endLog();
        });
    }

    /** A logger of levels from one on. */
    private record Collecting(Level least, List<String> lines) implements System.Logger {
        @Override
        public String getName() {
            return "collecting";
        }

        @Override
        public boolean isLoggable(Level level) {
            return level.getSeverity() >= least.getSeverity();
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            lines.add(level + " " + message);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
            lines.add(level + " " + format);
        }
    }

    /** Runs a body; returns the exceptions that reach the handler of uncaught ones, which fails too. */
    private static List<Throwable> uncaught(Cases.Body body) throws Exception {
        Queue<Throwable> seen = new ConcurrentLinkedQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, raised) -> {
            seen.add(raised);
            throw new IllegalStateException("the handler fails as well");
        });
        try {
            body.run();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        return List.copyOf(seen);
    }

    private static void failingReceiver(Path directory) {
        String location = "sqlite:" + directory.resolve("failing.db");
        Cases.run("a receiver that fails loses no later record", () -> {
            AtomicInteger records = new AtomicInteger();
            List<Throwable> seen = uncaught(() -> {
                Kv.setLog(LogLevel.INFO, record -> {
                    records.incrementAndGet();
                    throw new AssertionError("stop");
                });
                use(location);
                Kv.endLog();
            });
            same(2, records.get());
            same(2, seen.size());
            same("stop", seen.get(0).getMessage());
        });
        Cases.run("a receiver may use stores, but not set the log", () -> {
            List<Status> statuses = new ArrayList<>();
            Consumer<LogRecord> receiver = record -> {
                use("memory:");
                for (Cases.Body body : List.<Cases.Body>of(Kv::endLog, () -> Kv.setLog(LogLevel.INFO, it -> {}))) {
                    try {
                        body.run();
                    } catch (Exception refused) {
                        statuses.add(((KvException) refused).status());
                    }
                }
            };
            Kv.setLog(LogLevel.INFO, receiver);
            use(location);
            Kv.endLog();
            same(List.of(Status.BUSY, Status.BUSY, Status.BUSY, Status.BUSY), statuses);
            same(0, Callbacks.count());
        });
    }

    /** Collects the calls of a trace as texts. */
    private static final class Recorder implements Tracer {
        final Queue<String> calls = new ConcurrentLinkedQueue<>();

        @Override
        public Object begin(TracedCall call) {
            return call;
        }

        @Override
        public void end(TracedCall call, Object begun, Status status, Duration duration) {
            check(call.equals(begun) && duration.toNanos() > 0 && duration.toSeconds() < 10, "" + call + duration);
            calls.add(call.kind() + " " + call.group().map(Bytes::toString).orElse("-") + " "
                    + call.key().map(Bytes::toString).orElse("-") + " " + status);
        }
    }

    private static void trace() {
        Cases.withStore("a trace has the begin and the end of each call", store -> {
            Recorder recorder = new Recorder();
            Kv.setTrace(recorder);
            store.set("group", "key", "value");
            store.get("group", "none");
            refusedVoid(Status.NOT_JSON, "", () -> store.setJson("group", "key", "{"));
            store.countAll(Bytes.EMPTY);
            Kv.setTrace(recorder, true);
            store.set(Bytes.of(new byte[] {0}), Bytes.EMPTY, KEY);
            refusedVoid(Status.TOO_LARGE, "65535", () -> store.set("x".repeat(65536), "key", "value"));
            Kv.endTrace();
            store.get("group", "key");
            same(List.of("SET group - OK", "GET group - NOT_FOUND", "TEXT group - NOT_JSON", "COUNT - - OK",
                    "SET 0x00  OK", "SET - key TOO_LARGE"), List.copyOf(recorder.calls));
            raised(NullPointerException.class, "tracer", () -> Kv.setTrace(null));
            same(0, Callbacks.count());
        });
        Cases.withStore("a tracer may use the store, and set another", store -> {
            AtomicInteger depth = new AtomicInteger();
            Recorder second = new Recorder();
            Kv.setTrace((call, begun, status, duration) -> {
                if (depth.incrementAndGet() == 1) {
                    same(Optional.of(KEY), store.get(GROUP, KEY));
                    Kv.setTrace(second);
                    store.delete(GROUP, KEY);
                }
            });
            store.set(GROUP, KEY, KEY);
            Kv.endTrace();
            same(2, depth.get());
            same(List.of("DELETE group - OK"), List.copyOf(second.calls));
            same(0, Callbacks.count());
        });
    }

    private static void tracedThreads() {
        Cases.withStore("threads are traced while traces come and go", store -> {
            Recorder recorder = new Recorder();
            AtomicBoolean isOver = new AtomicBoolean();
            AtomicLong calls = new AtomicLong();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread.Builder builder = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
                threads.add(builder.start(() -> {
                    while (!isOver.get()) {
                        store.increment("group", "n", 1);
                        calls.incrementAndGet();
                    }
                }));
            }
            for (int i = 0; i < 100 || recorder.calls.size() < 1000; i++) {
                Kv.setTrace(recorder);
                Kv.setTrace(recorder, true);
                Thread.yield();
                Kv.endTrace();
            }
            isOver.set(true);
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException interrupted) {
                    throw new AssertionError(interrupted);
                }
            }
            check(recorder.calls.stream().allMatch(it -> it.startsWith("INCREMENT group ")), "other calls");
            same(calls.get(), store.increment("group", "n", 0));
            until("the library has let go of all", () -> Callbacks.count() == 0);
        });
    }

    private static void failingTracer() {
        Cases.withStore("a tracer that fails does not change the call", store -> {
            try {
                List<Throwable> seen = uncaught(() -> {
                    Kv.setTrace(new Tracer() {
                        @Override
                        public Object begin(TracedCall call) {
                            throw new AssertionError("begin");
                        }

                        @Override
                        public void end(TracedCall call, Object begun, Status status, Duration duration) {
                            throw new IllegalStateException("end " + begun);
                        }
                    });
                    store.set("group", "key", "value");
                    Kv.endTrace();
                });
                same(List.of("begin", "end null"), seen.stream().map(Throwable::getMessage).toList());
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
            same(Optional.of("value"), store.getString("group", "key"));
        });
    }

    /** Ends the program inside a receiver or tracer, or while both are set. */
    private static void endInside(String place) {
        Store store = Kv.open("memory:");
        Kv.setLog(LogLevel.DEBUG, record -> {
            if (place.equals("log")) {
                System.exit(3);
            }
        });
        Kv.setTrace((call, begun, status, duration) -> {
            if (place.equals("trace")) {
                System.exit(3);
            }
        });
        store.set("group", "key", "value");
        use("memory:");
        if (place.equals("exit")) {
            System.exit(3);
        }
    }

    private static void ends(Path directory) {
        for (String place : List.of("log", "trace", "exit", "main")) {
            Cases.run("a program ends: " + place, () -> {
                ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                        "-cp", System.getProperty("java.class.path"), "kv.TestObserve", directory.toString(), place);
                Process process = builder.inheritIO().start();
                check(process.waitFor(30, TimeUnit.SECONDS), "it does not end");
                same(place.equals("main") ? 0 : 3, process.exitValue());
            });
        }
    }
}
