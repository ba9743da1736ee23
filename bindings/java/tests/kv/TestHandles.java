package kv;

import static kv.Cases.check;
import static kv.Cases.refused;
import static kv.Cases.refusedVoid;
import static kv.Cases.same;
import static kv.Cases.until;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Closing objects, cleaning those that are forgotten, and threads. */
public final class TestHandles {
    private static final Duration SHORT = Duration.ofMillis(1);

    private TestHandles() {}

    public static void main(String[] arguments) {
        closing();
        cleaning();
        threads();
        Cases.finish();
    }

    private static void closing() {
        Cases.run("closing again does nothing, and the calls after it fail", () -> {
            Store store = Kv.open("memory:");
            store.set("group", "key", "value");
            Batch batch = store.batch();
            Transaction transaction = store.transaction();
            Watch watch = store.watch(Watch.Options.ALL);
            ValueReader reader = store.reader("group", "key").orElseThrow();
            ValueWriter writer = store.writer("group", "key");
            Lock lock = store.lock("name", Duration.ofMinutes(1)).orElseThrow();
            store.close();
            store.close();
            check(!store.isOpen() && batch.isOpen() && store.toString().contains("closed"), store.toString());
            refused(Status.CLOSED, "", () -> transaction.get("group", "key"));
            refused(Status.CLOSED, "", () -> watch.poll(SHORT));
            refused(Status.CLOSED, "", reader::read);
            refused(Status.CLOSED, "", writer::commit);
            refused(Status.HANDLE, "store is closed", batch::commit);
            refusedVoid(Status.HANDLE, "store is closed", () -> lock.renew(Duration.ofMinutes(1)));
            List<Consumer<Store>> calls = List.of(it -> it.get("group", "key"), it -> it.set("group", "key", "value"),
                    it -> it.scan("group"), Store::batch, Store::transaction, Store::snapshot,
                    it -> it.watch(Watch.Options.ALL), it -> it.maintenance().flush(), it -> it.lock("n", SHORT),
                    it -> it.reader("group", "key"), it -> it.writer("group", "key"), it -> it.scope("t"));
            for (Consumer<Store> call : calls) {
                refusedVoid(Status.HANDLE, "store is closed", () -> call.accept(store));
            }
            for (AutoCloseable object : List.of(batch, transaction, watch, reader, writer, lock)) {
                object.close();
                object.close();
            }
            refused(Status.HANDLE, "batch is closed", () -> batch.set("group", "key", "value"));
            refused(Status.HANDLE, "transaction is closed", () -> transaction.get("group", "key"));
            refused(Status.HANDLE, "watch is closed", () -> watch.poll(SHORT));
        });
    }

    private static void cleaning() {
        Cases.run("more objects than may be open are cleaned when they are forgotten", () -> {
            long before = Handle.OPEN.get();
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 400; i++) {
                    forget();
                }
                System.gc();
                until("all objects are cleaned", () -> {
                    System.gc();
                    return Handle.OPEN.get() == before;
                });
            }
            try (Store store = Kv.open("memory:")) {
                for (int round = 0; round < 4; round++) {
                    for (int i = 0; i < 20_000; i++) {
                        store.batch();
                        store.transaction();
                    }
                    until("all batches are cleaned", () -> {
                        System.gc();
                        return Handle.OPEN.get() == before + 1;
                    });
                }
                store.set("group", "key", "value");
            }
            same(before, Handle.OPEN.get());
        });
        Cases.run("an object keeps its store open", () -> {
            Cursor<Entry> cursor = ofForgottenStore().scan("group");
            Transaction transaction = ofForgottenStore().transaction();
            Cursor<Entry> ofTransaction = ofForgottenStore().transaction().scan("group");
            ValueReader reader = ofForgottenStore().reader("group", "key").orElseThrow();
            Watch watch = ofForgottenStore().watch(Watch.Options.ALL.existing());
            Batch batch = ofForgottenStore().batch().get("group", "key");
            long open = Handle.OPEN.get();
            try (Store marker = Kv.open("memory:")) {
                forget();
                until("the forgotten objects are cleaned", () -> {
                    System.gc();
                    return Handle.OPEN.get() == open + 1;
                });
            }
            same("key", cursor.next().key().text());
            check(transaction.exists("group", "key") && ofTransaction.hasNext(), "a transaction");
            same("value", new String(reader.readAllBytes()));
            same(Event.Type.SET, watch.poll(SHORT).orElseThrow().type());
            same("value", batch.commit().get(0).value().orElseThrow().text());
            for (AutoCloseable object : List.of(cursor, transaction, ofTransaction, reader, watch, batch)) {
                object.close();
            }
        });
    }

    private static Store ofForgottenStore() {
        Store store = Kv.open("memory:");
        store.set("group", "key", "value");
        return store;
    }

    /** Opens an object of each kind, and closes none. */
    private static void forget() {
        Store store = ofForgottenStore();
        store.scan("group").next();
        store.batch().set("group", "key", "other");
        store.transaction().set("group", "key", "other");
        store.watch(Watch.Options.ALL);
        store.reader("group", "key").orElseThrow().read();
        store.writer("group", "key").write(5);
        store.scope("t");
        store.snapshot();
    }

    private static void threads() {
        Cases.withStore("threads share a store", store -> {
            ExecutorService threads = Executors.newFixedThreadPool(8);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                running.add(threads.submit(() -> {
                    for (int n = 0; n < 500; n++) {
                        store.increment("group", "n", 1);
                        store.update(transaction -> {
                            long sum = transaction.getString("group", "sum").map(Long::parseLong).orElse(0L);
                            transaction.set("group", "sum", Long.toString(sum + 1));
                            return sum;
                        }, 1_000_000);
                    }
                }));
            }
            for (Future<?> thread : running) {
                try {
                    thread.get();
                } catch (InterruptedException | ExecutionException why) {
                    throw new AssertionError(why);
                }
            }
            threads.shutdown();
            same(Optional.of("4000"), store.getString("group", "n"));
            same(Optional.of("4000"), store.getString("group", "sum"));
        });
        Cases.run("a store is closed while other threads use it", () -> {
            Store store = Kv.open("memory:");
            ExecutorService threads = Executors.newFixedThreadPool(4);
            CountDownLatch begun = new CountDownLatch(4);
            List<Future<Status>> ends = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                ends.add(threads.submit(() -> {
                    for (int n = 0;; n++) {
                        try {
                            store.increment("group", "n", 1);
                        } catch (KvException failure) {
                            return failure.status();
                        }
                        if (n == 100) {
                            begun.countDown();
                        }
                    }
                }));
            }
            begun.await();
            store.close();
            for (Future<Status> end : ends) {
                check(end.get() == Status.HANDLE || end.get() == Status.CLOSED, "ended with " + end.get());
            }
            threads.shutdown();
        });
    }
}
