package kv;

import static kv.Cases.check;
import static kv.Cases.raised;
import static kv.Cases.refused;
import static kv.Cases.refusedVoid;
import static kv.Cases.same;
import static kv.Cases.until;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Batches, transactions, watches, streams, locks, records and maintenance; closing, cleaning,
 * threads.
 *
 * <pre>java kv.TestObjects DIRECTORY</pre>
 */
public final class TestObjects {
    private static final Bytes GROUP = Bytes.of("group");
    private static final Bytes KEY = Bytes.of("key");
    private static final Duration SHORT = Duration.ofMillis(1);

    private TestObjects() {}

    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[0]);
        batches();
        transactions();
        watches();
        overlaps();
        for (String location : List.of("memory:", "sqlite:" + directory.resolve("pieces.db"),
                "log:" + directory.resolve("pieces.log"))) {
            streams(location);
        }
        locks();
        maintenance(directory);
        Cases.finish();
    }

    private static void batches() {
        Cases.withStore("a batch is all or nothing, and may be committed again", store -> {
            try (Batch batch = store.batch()) {
                batch.set("group", "a", "1").increment("group", "n", 1).get("group", "none");
                List<StepResult> results = batch.commit();
                same(store.entry("group", "a").orElseThrow().version(), results.get(0).version());
                same("1", results.get(1).value().orElseThrow().text());
                same(new StepResult(Status.NOT_FOUND, Optional.empty(), 0), results.get(2));
                same("2", batch.commit().get(1).value().orElseThrow().text());
                batch.clear().set("group", "b", "1").check("group", "n", 0);
                ConflictException conflict = (ConflictException) refused(Status.CONFLICT, "step 1", batch::commit);
                same(1, conflict.step());
                same(store.info("group", "n").orElseThrow().version(), conflict.version());
                check(!store.exists("group", "b"), "nothing is written");
                same(List.of(), batch.clear().commit());
                raised(NullPointerException.class, "value", () -> batch.set("group", "key", null));
            }
        });
    }

    private static void transactions() {
        Cases.withStore("update runs again after a conflict, and ends after so many tries", store -> {
            store.set("group", "n", "1");
            AtomicInteger runs = new AtomicInteger();
            long result = store.update(transaction -> {
                long n = Long.parseLong(transaction.getString("group", "n").orElseThrow());
                if (runs.incrementAndGet() < 3) {
                    store.increment("group", "n", 10);
                }
                transaction.set("group", "n", Long.toString(n + 1));
                return n;
            });
            same(3, runs.get());
            same(21L, result);
            same(Optional.of("22"), store.getString("group", "n"));
            refused(Status.CONFLICT, "changed", () -> store.update(transaction -> {
                transaction.get("group", "n");
                store.increment("group", "n", 1);
                transaction.set("group", "n", "lost");
                return null;
            }, 4));
            same(Optional.of("26"), store.getString("group", "n"));
            raised(IllegalStateException.class, "stop", () -> store.update(transaction -> {
                transaction.set("group", "n", "lost");
                throw new IllegalStateException("stop");
            }));
            same("left", store.update(transaction -> {
                transaction.set("group", "n", "lost");
                transaction.abort();
                return "left";
            }));
            same(Optional.of("26"), store.getString("group", "n"));
        });
        Cases.withStore("a transaction sees its own writes, and others after the commit", store -> {
            try (Transaction transaction = store.transaction()) {
                transaction.set("group", "key", "value", Duration.ofMinutes(1));
                same(List.of(KEY), transaction.keys("group", ScanOptions.ALL).toList());
                check(!store.exists("group", "key"), "it is not committed");
                refusedVoid(Status.CONFLICT, "key", () ->
                        transaction.set(GROUP, KEY, KEY, PutOptions.DEFAULT.ifAbsent()));
                transaction.commit();
                refusedVoid(Status.HANDLE, "transaction is closed", transaction::commit);
            }
            check(store.exists("group", "key"), "it is committed");
        });
    }

    private static void watches() {
        Cases.withStore("a watch returns events in order, and nothing when there is none", store -> {
            store.set("group", "old", "0");
            try (Watch watch = store.watch(Watch.Options.ALL.existing());
                    Watch one = store.watch(Watch.Options.ALL.group("group").key("a"));
                    Watch small = store.watch(Watch.Options.ALL.capacity(16))) {
                same("old", watch.poll(SHORT).orElseThrow().key().orElseThrow().text());
                same(Event.Type.SYNCED, watch.poll(SHORT).orElseThrow().type());
                same(Optional.empty(), watch.poll(SHORT));
                store.set("group", "a", "1");
                store.delete("group", "a");
                Event set = watch.poll(SHORT).orElseThrow();
                same(Event.Type.SET, set.type());
                same("1", set.value().orElseThrow().text());
                check(set.time().isPresent() && set.version() != 0 && set.size() == 1, "a set");
                Event delete = watch.poll(SHORT).orElseThrow();
                same(Event.Type.DELETE, delete.type());
                same(Optional.empty(), delete.value());
                same(Event.Type.SET, one.poll(SHORT).orElseThrow().type());
                for (int i = 0; i < 40; i++) {
                    store.increment("group", "n", 1);
                }
                Event event = small.poll(SHORT).orElseThrow();
                while (event.type() != Event.Type.LAGGED) {
                    event = small.poll(SHORT).orElseThrow();
                }
                check(event.lost() > 0 && event.time().isEmpty(), "a notice");
                refused(Status.UNSUPPORTED, "change log", () -> store.watch(Watch.Options.ALL.since(1)));
                refused(Status.ARGUMENT, "room for 16", () -> store.watch(Watch.Options.ALL.capacity(5)));
                refused(Status.ARGUMENT, "timeout", () -> watch.poll(Duration.ofSeconds(-1)));
            }
        });
        Cases.run("closing a watch or its store wakes the thread that polls it", () -> {
            for (boolean isStore : new boolean[] {true, false}) {
                Store store = Kv.open("memory:");
                Watch watch = store.watch(Watch.Options.ALL);
                CountDownLatch begun = new CountDownLatch(1);
                ExecutorService thread = Executors.newSingleThreadExecutor();
                Future<Optional<Event>> polled = thread.submit(() -> {
                    begun.countDown();
                    return watch.poll(Cases.PATIENCE);
                });
                begun.await();
                (isStore ? store : watch).close();
                try {
                    polled.get();
                    throw new AssertionError("the poll returned");
                } catch (ExecutionException ended) {
                    Status status = ((KvException) ended.getCause()).status();
                    // HANDLE if the watch was closed just before the poll began.
                    check(status == Status.CLOSED || !isStore && status == Status.HANDLE, "ended with " + status);
                }
                thread.shutdown();
                watch.close();
                store.close();
            }
        });
    }

    /** Polls a watch, and returns the status. */
    private static Status polled(Watch watch, Duration timeout) {
        try {
            return watch.poll(timeout).isPresent() ? Status.OK : Status.TIMEOUT;
        } catch (KvException failure) {
            return failure.status();
        }
    }

    private static void overlaps() {
        Cases.run("a poll that overlaps with another is refused", () -> {
            try (Store store = Kv.open("memory:"); Watch watch = store.watch(Watch.Options.ALL)) {
                ExecutorService thread = Executors.newSingleThreadExecutor();
                Future<Status> waiting = thread.submit(() -> {
                    Status status = Status.BUSY;
                    // The first poll may overlap with one of the other thread, which does not wait.
                    while (status == Status.BUSY) {
                        status = polled(watch, Cases.PATIENCE);
                    }
                    return status;
                });
                until("a second poll is refused", () -> polled(watch, Duration.ZERO) == Status.BUSY);
                store.set("group", "key", "value");
                same(Status.OK, waiting.get());
                thread.shutdown();
            }
        });
    }

    private static void streams(String location) {
        Cases.run("a value is written and read in pieces (" + location.split(":")[0] + ")", () -> {
            byte[] data = new byte[700_001];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) (i * 31 >> 3);
            }
            try (Store store = Kv.open(location)) {
                store.set("group", "key", "before");
                long version;
                try (ValueWriter writer = store.writer(GROUP, KEY, PutOptions.DEFAULT.ttl(Duration.ofHours(1)))) {
                    new ByteArrayInputStream(data, 0, data.length - 1).transferTo(writer);
                    writer.write(data[data.length - 1]);
                    writer.flush();
                    same((long) data.length, writer.size());
                    same(Optional.of("before"), store.getString("group", "key"));
                    version = writer.commit();
                    refused(Status.HANDLE, "writer is closed", writer::commit);
                }
                try (ValueReader reader = store.reader("group", "key").orElseThrow()) {
                    store.set("group", "key", "after");
                    same(version, reader.info().version());
                    check(reader.info().expiresAt().isPresent() && reader.size() == data.length, "the entry");
                    ByteArrayOutputStream copy = new ByteArrayOutputStream();
                    reader.transferTo(copy);
                    check(Arrays.equals(data, copy.toByteArray()), "the bytes");
                    same(-1, reader.read());
                    same(data[262_144] & 0xFF, reader.position(262_144).read());
                    same(3L, reader.position(data.length - 3).skip(10));
                    same(-1, reader.position(data.length + 5L).read(new byte[5]));
                    same(0, reader.read(new byte[0]));
                    check(Arrays.equals(data, reader.position(0).readAllBytes()), "all bytes");
                    refused(Status.ARGUMENT, "negative", () -> reader.position(-1));
                    reader.close();
                    refused(Status.HANDLE, "reader is closed", reader::read);
                }
                same(Optional.empty(), store.reader("group", "none"));
                raised(IOException.class, "stop", () -> {
                    try (ValueWriter writer = store.writer("group", "key")) {
                        writer.write(data);
                        throw new IOException("stop");
                    }
                });
                same(Optional.of("after"), store.getString("group", "key"));
                try (ValueWriter writer = store.writer(GROUP, KEY, PutOptions.DEFAULT.ifAbsent())) {
                    writer.write(data, 5, 5);
                    raised(IndexOutOfBoundsException.class, "", () -> writer.write(data, 5, data.length));
                    ConflictException conflict = (ConflictException) refused(Status.CONFLICT, "key", writer::commit);
                    same(store.info("group", "key").orElseThrow().version(), conflict.version());
                }
            }
        });
    }

    private static void locks() {
        Cases.withStore("a lock has one owner, and is lost with its lease", store -> {
            Duration lease = Duration.ofMinutes(1);
            Lock first = store.lock(Bytes.of("name"), Bytes.of("worker 7"), lease, Duration.ZERO).orElseThrow();
            same(Optional.empty(), store.lock("name", lease));
            same(Optional.empty(), store.lock("name", lease, SHORT));
            same("worker 7", store.lockHolder(first.name()).orElseThrow().owner().text());
            same(Optional.empty(), store.lockHolder(KEY));
            first.renew(lease);
            try (Batch batch = store.batch()) {
                batch.checkLock(first).set("group", "key", "1").commit();
                first.release();
                refused(Status.CONFLICT, "step 0", batch::commit);
            }
            refusedVoid(Status.CONFLICT, "no longer held", first::release);
            refusedVoid(Status.CONFLICT, "no longer held", () -> first.renew(lease));
            try (Lock second = store.lock("name", lease).orElseThrow()) {
                check(second.token() > first.token(), "tokens rise");
                first.close();
                same(Optional.empty(), store.lock("name", lease));
            }
            check(store.lock("name", lease).isPresent(), "it was released");
            refused(Status.ARGUMENT, "lease", () -> store.lock("other", Duration.ZERO));
        });
        Cases.withStore("an operation runs once under its key", store -> {
            Idempotency records = store.idempotency();
            Idempotency.Record first = records.begin("key", "request", Duration.ofHours(1));
            same(Idempotency.State.STARTED, first.state());
            same(Idempotency.State.IN_PROGRESS, records.begin("key", "request", Kv.NEVER).state());
            same(Idempotency.State.MISMATCH, records.begin("key", "other", Kv.NEVER).state());
            check(records.complete("key", first.token(), "done"), "it is there");
            same(Optional.of(Bytes.of("done")), records.begin("key", "request", Kv.NEVER).response());
            same(Idempotency.State.COMPLETED, records.get(KEY).orElseThrow().state());
            refused(Status.CONFLICT, "token", () -> records.complete("key", first.token(), "twice"));
            check(records.forget(KEY, 0) && !records.forget(KEY, 0), "it is removed once");
        });
    }

    private static void maintenance(Path directory) {
        Cases.run("a backup is restored, and a store is copied", () -> {
            Path backup = directory.resolve("backup.db");
            try (Store store = Kv.open(directory.resolve("store.db")); Store other = Kv.open("memory:")) {
                Maintenance maintenance = store.maintenance();
                store.set("group", "key", "value");
                maintenance.backup(backup);
                refusedVoid(Status.ARGUMENT, "exists", () -> maintenance.backup(backup));
                store.set("group", "key", "after");
                same(1L, maintenance.copyTo(other));
                same(Optional.of("after"), other.getString("group", "key"));
                maintenance.restore(backup);
                same(Optional.of("value"), store.getString("group", "key"));
                maintenance.flush();
                maintenance.check();
                maintenance.compact();
                Stats stats = maintenance.stats();
                check(stats.commits() > 0 && stats.fileBytes() > 0 && !stats.isReadOnly(), stats.toString());
                same(new Usage(1, 13, 0), maintenance.usage());
                refused(Status.ARGUMENT, "", () -> maintenance.copyTo(store));
                store.setQuota("t", 1, 0, 0);
                store.set("t:group", "a", "1");
                refusedVoid(Status.QUOTA, "t", () -> store.set("t:group", "b", "1"));
                same(new Quota(1, 0, 0, 1, 1, 9), store.quota("t"));
                try (Store scope = store.scope("t"); Store snapshot = scope.snapshot()) {
                    scope.delete("group", "a");
                    check(snapshot.exists("group", "a") && !scope.exists("group", "a"), "a snapshot");
                    refusedVoid(Status.READ_ONLY, "snapshot", () -> snapshot.set("group", "a", "1"));
                }
                refused(Status.ARGUMENT, "namespace", () -> store.scope("not a name"));
            }
            check(Files.exists(backup), "the backup");
        });
    }
}
