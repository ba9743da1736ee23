package kv;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import kv.Lines.Line;
import kv.Run.Returned;

/**
 * The calls of the behaviour cases on stores, entries, transactions, watches, streams, records and
 * locks.
 */
final class Calls {
    /** Makes a call of a run with its line and its steps, keys or entries. */
    interface Function {
        Returned call(Run run, Line line, List<Line> parts);
    }

    static final Map<String, Function> BY_NAME = new HashMap<>();

    private static final Duration POLL = Duration.ofSeconds(10);

    private Calls() {}

    private static void define(String name, BiFunction<Run, Line, Returned> call) {
        BY_NAME.put(name, (run, line, parts) -> call.apply(run, line));
    }

    private static Returned done(Runnable call) {
        call.run();
        return Returned.nothing();
    }

    private static Object time(Optional<Instant> at) {
        return at.isEmpty() ? "never" : at.get().toEpochMilli();
    }

    private static Object ttl(Duration ttl) {
        return ttl.equals(Kv.NEVER) ? "never" : ttl.toMillis();
    }

    private static String unsigned(long version) {
        return Long.toUnsignedString(version);
    }

    static {
        stores();
        entries();
        transactions();
        watches();
        streams();
        records();
        locks();
        Ranges.define();
    }

    private static void stores() {
        define("open", (run, line) -> done(() -> run.open(line.take("store"), line.find("options").orElse(""))));
        define("close", (run, line) -> done(() -> run.store(line).close()));
        define("scope", (run, line) -> done(
                () -> run.stores.put(line.take("as"), run.store(line).scope(line.bytes("name").text()))));
        define("snapshot", (run, line) -> done(() -> run.stores.put(line.take("as"), run.store(line).snapshot())));
        define("quota_set", (run, line) -> done(() -> run.store(line).setQuota(line.bytes("name").text(),
                line.number("max_keys"), line.number("max_groups"), line.number("max_bytes"))));
        define("quota_get", (run, line) -> {
            Quota quota = run.store(line).quota(line.bytes("name").text());
            return Returned.of("max_keys", quota.maxKeys()).with("max_groups", quota.maxGroups())
                    .with("max_bytes", quota.maxBytes()).with("keys", quota.keys()).with("groups", quota.groups())
                    .with("bytes", quota.bytes());
        });
    }

    /** Defines a call that a store and, with the prefix txn_, a transaction have alike. */
    private static void shared(String name, BiFunction<EntryCalls, Line, Returned> call) {
        define(name, (run, line) -> call.apply(run.store(line), line));
        define("txn_" + name, (run, line) -> call.apply(Run.named(run.transactions, line.take("txn")), line));
    }

    private static void entries() {
        shared("get", (on, line) -> Returned.value(on.get(line.group(), line.key())));
        shared("exists", (on, line) -> Returned.found(on.exists(line.group(), line.key())));
        shared("delete", (on, line) -> Returned.found(on.delete(line.group(), line.key())));
        shared("ttl", (on, line) -> on.ttl(line.group(), line.key()).map(it -> Returned.of("ttl", ttl(it)))
                .orElseGet(() -> Returned.found(false)));
        shared("increment", (on, line) -> Returned.of("sum", line.ttl().isEmpty()
                ? on.increment(line.group(), line.key(), line.number("delta"))
                : on.increment(line.group(), line.key(), line.number("delta"), line.ttl().get())));
        shared("append", (on, line) -> Returned.of("length", line.ttl().isEmpty()
                ? on.append(line.group(), line.key(), line.bytes("value"))
                : on.append(line.group(), line.key(), line.bytes("value"), line.ttl().get())));
        shared("expire", (on, line) -> Returned.found(
                on.expire(line.group(), line.key(), line.ttl().orElseThrow(), line.conditions())));
        define("set", (run, line) -> done(() -> {
            if (line.ttl().isEmpty()) {
                run.store(line).set(line.group(), line.key(), line.bytes("value"));
            } else {
                run.store(line).set(line.group(), line.key(), line.bytes("value"), line.ttl().get());
            }
        }));
        define("put", (run, line) -> Returned.of("version", unsigned(run.save(line, run.store(line)
                .put(line.group(), line.key(), line.bytes("value"), line.options(run.versions))))));
        define("entry", (run, line) -> run.store(line).entry(line.group(), line.key())
                .map(it -> Returned.of("value", Lines.hex(it.value()))
                        .with("version", unsigned(run.save(line, it.version())))
                        .with("expires_at", time(it.expiresAt())))
                .orElseGet(() -> Returned.found(false)));
        define("info", (run, line) -> run.store(line).info(line.group(), line.key()).map(Calls::info)
                .orElseGet(() -> Returned.found(false)));
        define("delete_version", (run, line) -> Returned.found(run.store(line)
                .deleteVersion(line.group(), line.key(), line.version("version", run.versions))));
        define("persist", (run, line) -> Returned.found(run.store(line).persist(line.group(), line.key())));
        define("take", (run, line) -> Returned.value(run.store(line).take(line.group(), line.key())));
        define("set_json", (run, line) -> done(
                () -> run.store(line).setJson(line.group(), line.key(), line.bytes("value"))));
        define("get_json", (run, line) -> Returned.value(
                run.store(line).getJson(line.group(), line.key(), line.take("path"))));
    }

    private static Returned info(EntryInfo info) {
        return Returned.of("size", info.size()).with("version", unsigned(info.version()))
                .with("expires_at", time(info.expiresAt()));
    }

    private static void transactions() {
        define("txn_begin", (run, line) -> done(
                () -> run.transactions.put(line.take("txn"), run.store(line).transaction())));
        define("txn_set", (run, line) -> done(() -> Run.named(run.transactions, line.take("txn"))
                .set(line.group(), line.key(), line.bytes("value"), line.options(run.versions))));
        define("txn_commit", (run, line) -> done(() -> Run.named(run.transactions, line.take("txn")).commit()));
        define("txn_abort", (run, line) -> done(() -> Run.named(run.transactions, line.take("txn")).abort()));
    }

    private static void watches() {
        define("watch", (run, line) -> done(() -> {
            Watch.Options options = Watch.Options.ALL;
            options = line.findBytes("group").map(options::group).orElse(options);
            options = line.findBytes("group_prefix").map(options::groupPrefix).orElse(options);
            options = line.findBytes("key").map(options::key).orElse(options);
            options = line.findBytes("key_prefix").map(options::keyPrefix).orElse(options);
            run.watches.put(line.take("watch"), run.store(line).watch(options));
        }));
        define("poll", (run, line) -> {
            Optional<Event> polled = Run.named(run.watches, line.take("watch")).poll(POLL);
            if (polled.isEmpty()) {
                return Returned.status(Status.TIMEOUT);
            }
            Event event = polled.get();
            Returned returned = Returned.nothing();
            Stream<String> fields = Stream.of("type=" + event.type().name().toLowerCase(),
                    "group=" + Lines.hex(event.group()),
                    event.key().map(it -> "key=" + Lines.hex(it)).orElse(""),
                    event.value().map(it -> "value=" + Lines.hex(it)).orElse(""),
                    event.type() == Event.Type.SET_LARGE ? "size=" + event.size() : "");
            returned.list.add(String.join("\t", fields.filter(it -> !it.isEmpty()).toList()));
            return returned;
        });
    }

    private static void streams() {
        define("writer_open", (run, line) -> done(() -> run.writers.put(line.take("writer"),
                run.store(line).writer(line.group(), line.key(), line.options(run.versions)))));
        define("writer_write", (run, line) -> done(
                () -> Run.named(run.writers, line.take("writer")).write(line.bytes("value").array())));
        define("writer_size", (run, line) -> Returned.of("size", Run.named(run.writers, line.take("writer")).size()));
        define("writer_commit", (run, line) -> Returned.of("version",
                unsigned(run.save(line, Run.named(run.writers, line.take("writer")).commit()))));
        define("writer_abort", (run, line) -> done(() -> Run.named(run.writers, line.take("writer")).close()));
        define("reader_open", (run, line) -> {
            String name = line.take("reader");
            Optional<ValueReader> reader = run.store(line).reader(line.group(), line.key());
            reader.ifPresent(it -> run.readers.put(name, it));
            return Returned.found(reader.isPresent());
        });
        define("reader_info", (run, line) -> info(Run.named(run.readers, line.take("reader")).info()));
        define("reader_read", (run, line) -> {
            byte[] piece = new byte[(int) line.number("length")];
            int read = Run.named(run.readers, line.take("reader")).position(line.number("offset"))
                    .read(piece, 0, piece.length);
            return Returned.of("value", Lines.hex(Bytes.of(Arrays.copyOf(piece, Math.max(read, 0)))));
        });
        define("reader_close", (run, line) -> done(() -> Run.named(run.readers, line.take("reader")).close()));
    }

    private static Returned record(Idempotency.Record record) {
        Returned returned = Returned.of("state", record.state().name().toLowerCase());
        record.response().ifPresent(it -> returned.with("response", Lines.hex(it)));
        return returned;
    }

    private static void records() {
        define("idempotency_begin", (run, line) -> {
            Idempotency.Record record = run.store(line).idempotency()
                    .begin(line.key(), line.bytes("request"), line.ttl().orElseThrow());
            run.save(line, record.token());
            return record(record);
        });
        define("idempotency_get", (run, line) -> run.store(line).idempotency().get(line.key()).map(Calls::record)
                .orElseGet(() -> Returned.found(false)));
        define("idempotency_complete", (run, line) -> Returned.found(run.store(line).idempotency()
                .complete(line.key(), line.version("token", run.versions), line.bytes("response"))));
        define("idempotency_forget", (run, line) -> Returned.found(run.store(line).idempotency()
                .forget(line.key(), line.version("token", run.versions))));
    }

    private static void locks() {
        define("lock_acquire", (run, line) -> {
            Duration wait = line.find("wait").isPresent() ? line.millis("wait") : Duration.ZERO;
            Optional<String> name = line.find("save");
            Optional<Lock> lock = run.store(line).lock(line.bytes("name"), line.findBytes("owner").orElse(Bytes.EMPTY),
                    line.millis("lease"), wait);
            if (lock.isEmpty()) {
                return Returned.status(Status.CONFLICT);
            }
            name.ifPresent(it -> run.locks.put(it, lock.get()));
            // The token is what the expectation `newer_than` compares.
            return Returned.of("version", unsigned(run.save(line, lock.get().token())));
        });
        define("lock_renew", (run, line) -> done(() -> lock(run, line).renew(line.millis("lease"))));
        define("lock_release", (run, line) -> done(() -> lock(run, line).release()));
        define("lock_get", (run, line) -> run.store(line).lockHolder(line.bytes("name"))
                .map(it -> Returned.of("owner", Lines.hex(it.owner()))
                        .with("ttl", it.expiresAt().toEpochMilli() - System.currentTimeMillis()))
                .orElseGet(() -> Returned.found(false)));
    }

    /** The lock that a case has saved, under the name and of the store that its call states. */
    static Lock lock(Run run, Line line) {
        return Run.named(run.locks, line.take("lock")).of(run.store(line), line.bytes("name"));
    }
}
