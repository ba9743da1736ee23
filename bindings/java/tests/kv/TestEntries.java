package kv;

import static kv.Cases.check;
import static kv.Cases.raised;
import static kv.Cases.refused;
import static kv.Cases.refusedVoid;
import static kv.Cases.same;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Entries, bytes, times, scans and lists of keys, and what is refused.
 *
 * <pre>java kv.TestEntries DIRECTORY</pre>
 */
public final class TestEntries {
    private static final Bytes GROUP = Bytes.of("group");

    private TestEntries() {}

    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[0]);
        bytes();
        entries();
        times();
        refusals(directory);
        scans();
        manyKeys();
        Cases.run("a service is opened by its name, and text from a file stays", () -> {
            Path services = directory.resolve("services.yaml");
            Files.writeString(services, "services: {cache: {type: kvstore_memory, config: {}}}\n");
            try (Store store = Kv.openConfig(services, "cache")) {
                store.set("group", "key", "value");
            }
            refused(Status.CONFIG, "other", () -> Kv.openConfig(services, "other"));
            check(Kv.version().matches("\\d+\\.\\d+\\.\\d+"), Kv.version());
            Path odd = directory.resolve("memory:");
            try (Store store = Kv.open(odd)) {
                store.set("group", "key", "value");
            }
            try (Store store = Kv.open(odd)) {
                same(Optional.of("value"), store.getString("group", "key"));
            }
        });
        Cases.finish();
    }

    private static void bytes() {
        Cases.run("bytes are equal and in order by their bytes, and do not change", () -> {
            byte[] data = {1, 2, (byte) 255};
            Bytes bytes = Bytes.of(data);
            data[0] = 9;
            bytes.array()[0] = 9;
            same(Bytes.of(new byte[] {1, 2, (byte) 255}), bytes);
            same(bytes.hashCode(), Bytes.of(new byte[] {1, 2, (byte) 255}).hashCode());
            check(!bytes.equals("x") && bytes.buffer().isReadOnly() && bytes.length() == 3, "bytes");
            check(bytes.compareTo(Bytes.of(new byte[] {1, 2, 3})) > 0, "255 is above 3");
            ByteBuffer buffer = ByteBuffer.wrap("-value-".getBytes(), 1, 5);
            same(Bytes.of("value"), Bytes.of(buffer));
            same(5, buffer.remaining());
            same("0x0102ff", bytes.toString());
            same("grün", Bytes.of("grün").toString());
            same("grün", Bytes.of("grün").text());
            check(Bytes.of("").isEmpty() && Bytes.of(new byte[0]).equals(Bytes.EMPTY), "empty");
            same("a😀", Bytes.of("a😀").text());
        });
        Cases.run("text that has no UTF-8, and bytes that are none, are refused", () -> {
            refused(Status.ARGUMENT, "surrogate pair at 1", () -> Bytes.of("a\ud800"));
            refused(Status.ARGUMENT, "surrogate pair at 0", () -> Bytes.of("\udc00a"));
            refused(Status.ARGUMENT, "not UTF-8", () -> Bytes.of(new byte[] {(byte) 0xC3}).text());
        });
    }

    private static void entries() {
        Cases.withStore("any bytes round-trip, of any length", store -> {
            for (byte[] name : new byte[][] {{}, {0}, {'a', 0, 'b'}, {-1, -2, -128}, new byte[65535]}) {
                Bytes bytes = Bytes.of(name);
                same(Optional.empty(), store.get(bytes, bytes));
                store.set(bytes, bytes, bytes);
                same(Optional.of(bytes), store.get(bytes, bytes));
                same(Optional.of(bytes), store.entry(bytes, bytes).map(Entry::value));
            }
            byte[] large = new byte[10_000_000];
            Arrays.fill(large, (byte) 7);
            store.set("group", "large", large);
            check(Arrays.equals(large, store.get("group", "large").orElseThrow().array()), "a large value");
            same(10_000_000L, store.info("group", "large").orElseThrow().size());
        });
        Cases.withStore("a write with a condition that does not hold has the version", store -> {
            long version = store.put("group", "key", "value", PutOptions.DEFAULT.ifAbsent());
            KvException conflict = refused(Status.CONFLICT, "key", () ->
                    store.put("group", "key", "other", PutOptions.DEFAULT.ifVersion(version + 1)));
            same(version, ((ConflictException) conflict).version());
            same(-1, ((ConflictException) conflict).step());
            same(0L, ((ConflictException) refused(Status.CONFLICT, "none", () ->
                    store.put("group", "none", "v", PutOptions.DEFAULT.ifPresent()))).version());
            refused(Status.CONFLICT, "key", () -> store.deleteVersion("group", "key", version + 1));
            same(Optional.of("value"), store.getString("group", "key"));
            check(store.deleteVersion("group", "key", version), "it is at the version");
            check(!store.deleteVersion("group", "key", version), "it is gone");
        });
        Cases.withStore("more reads than values may be pinned leave none pinned", store -> {
            store.set("group", "key", "value");
            for (int i = 0; i < 1_100_000; i++) {
                store.get(GROUP, GROUP);
                store.get("group", "key");
            }
        });
        Cases.withStore("an expiry that was read is given back as it was", store -> {
            Instant at = Instant.ofEpochMilli(System.currentTimeMillis() + 3_600_000);
            store.put("group", "key", "value", PutOptions.DEFAULT.expiresAt(at).durability(Durability.FULL));
            store.put("group", "for ever", "value", PutOptions.DEFAULT.ttl(Kv.NEVER));
            for (Entry entry : store.scan("group").toList()) {
                store.put(GROUP, entry.key(), entry.value(), PutOptions.DEFAULT.expiresAt(entry.expiresAt()));
                same(entry.expiresAt(), store.info(GROUP, entry.key()).orElseThrow().expiresAt());
            }
            same(Optional.of(at), store.entry("group", "key").orElseThrow().expiresAt());
            store.put("group", "key", "other", PutOptions.DEFAULT.keepTtl());
            same(Optional.of(at), store.entry("group", "key").orElseThrow().expiresAt());
        });
    }

    private static void times() {
        Cases.run("a ttl is rounded up, and one that is negative or too long is refused", () -> {
            same(1L, Times.ttl(Duration.ofNanos(1)));
            same(2L, Times.ttl(Duration.ofNanos(1_000_001)));
            same(0L, Times.ttl(Duration.ZERO));
            same(-1L, Times.ttl(Kv.NEVER));
            same(1001L, Times.instant(Instant.ofEpochSecond(1, 1)));
            refused(Status.ARGUMENT, "negative", () -> Times.ttl(Duration.ofNanos(-1)));
            refused(Status.ARGUMENT, "negative", () -> Times.ttl(Duration.ofMillis(-2)));
            refused(Status.ARGUMENT, "too long", () -> Times.ttl(Duration.ofSeconds(Long.MAX_VALUE)));
            refused(Status.ARGUMENT, "too far", () -> Times.instant(Instant.MAX));
        });
        Cases.run("a ttl has words for ever and for none given", () -> {
            for (String location : List.of("memory:", "memory:?default_ttl=1h")) {
                try (Store store = Kv.open(location)) {
                    store.set("group", "default", "value");
                    store.set("group", "never", "value", Kv.NEVER);
                    store.set("group", "zero", "value", Duration.ZERO);
                    store.set("group", "minute", "value", Duration.ofMinutes(1));
                    boolean isForEver = store.ttl("group", "default").orElseThrow().equals(Kv.NEVER);
                    same(location.equals("memory:"), isForEver);
                    same(Optional.of(Kv.NEVER), store.ttl("group", "never"));
                    same(Optional.of(Kv.NEVER), store.ttl("group", "zero"));
                    check(store.ttl("group", "minute").orElseThrow().toSeconds() > 30, "a minute");
                    same(Optional.empty(), store.ttl("group", "none"));
                    check(store.expire("group", "zero", Duration.ofHours(1), ExpireIf.NX), "it has no expiry");
                    refused(Status.CONFLICT, "zero", () -> store.expire("group", "zero", Kv.NEVER, ExpireIf.NX));
                    refused(Status.ARGUMENT, "flags", () ->
                            store.expire("group", "zero", Kv.NEVER, ExpireIf.GT, ExpireIf.LT));
                }
            }
        });
    }

    private static void refusals(Path directory) {
        Cases.withStore("what is absent, too long or of another kind is refused", store -> {
            raised(NullPointerException.class, "key", () -> store.get("group", null));
            raised(NullPointerException.class, "group", () -> store.set(null, "key", "value"));
            raised(NullPointerException.class, "value", () -> store.set("group", "key", (String) null));
            raised(NullPointerException.class, "value", () -> store.set("group", "key", (byte[]) null));
            raised(NullPointerException.class, "ttl", () -> store.set("group", "key", "value", null));
            raised(NullPointerException.class, "options", () -> store.put("group", "key", "value", null));
            refusedVoid(Status.TOO_LARGE, "65535", () -> store.set("group", "x".repeat(65536), "value"));
            store.set("group", "word", "seven");
            refused(Status.NOT_INTEGER, "word", () -> store.increment("group", "word", 1));
            refusedVoid(Status.NOT_JSON, "line 1", () -> store.setJson("group", "key", "{"));
            same(1L, store.countAll(Bytes.EMPTY));
            store.setJson("group", "json", "{\"a\": [1, 2]}");
            same(Optional.of("2"), store.getJson("group", "json", "/a/1"));
            refused(Status.ARGUMENT, "NUL", () -> store.getJson("group", "json", "/a\0"));
        });
        Cases.run("locations that are refused are named", () -> {
            refused(Status.ARGUMENT, "colour", () -> Kv.open("sqlite:x?colour=blue"));
            refused(Status.ARGUMENT, "NUL", () -> Kv.open("a\0b"));
            KvException missing = refused(Status.IO, "missing", () -> Kv.open(directory.resolve("missing/x.db")));
            same(2, missing.osError());
            raised(NullPointerException.class, "location", () -> Kv.open((String) null));
        });
    }

    private static void scans() {
        Cases.withStore("a scan reads more than its buffer, and values longer than it", store -> {
            Map<Bytes, Bytes> values = new HashMap<>();
            for (int i = 0; i < 5000; i++) {
                values.put(Bytes.of("key " + i), Bytes.of("v".repeat(i % 50)));
            }
            values.put(Bytes.of("large"), Bytes.of(new byte[300_000]));
            store.setMany(GROUP, values);
            List<Entry> entries = store.scan("group").toList();
            same(5001, entries.size());
            same(new ArrayList<>(new TreeSet<>(values.keySet())), entries.stream().map(Entry::key).toList());
            entries.forEach(it -> same(values.get(it.key()), it.value()));
            same(5001, store.keys("group", ScanOptions.ALL).toList().size());
            store.sizes("group", ScanOptions.ALL).forEachRemaining(
                    it -> same((long) values.get(it.key()).length(), it.size()));
        });
        Cases.withStore("a scan sees one snapshot, and ends where it is closed", store -> {
            for (String key : List.of("a", "b", "c")) {
                store.set("group", key, "1");
            }
            try (Cursor<Entry> cursor = store.scan("group")) {
                store.set("group", "d", "1");
                store.delete("group", "b");
                same("a", cursor.next().key().text());
                same("b", cursor.next().key().text());
                cursor.close();
                check(!cursor.hasNext(), "a closed scan has no further element");
                raised(NoSuchElementException.class, "no further", cursor::next);
            }
            long open = Handle.OPEN.get();
            try (Stream<Entry> stream = store.scan("group", ScanOptions.ALL.reverse()).stream()) {
                same("d", stream.findFirst().orElseThrow().key().text());
            }
            same(open, Handle.OPEN.get());
            same(List.of("c", "d"), store.keys("group", ScanOptions.ALL.above("a")).stream().map(Bytes::text).toList());
            same(List.of("group"), store.groups().stream().map(Bytes::text).toList());
            same(open, Handle.OPEN.get());
            refused(Status.ARGUMENT, "limit", () -> ScanOptions.ALL.limit(-1));
            same(List.of("a"), store.keys("group", ScanOptions.ALL.prefix("x").prefix("a")).toList()
                    .stream().map(Bytes::text).toList());
        });
        Cases.run("a scan of a store that was closed fails", () -> {
            Store store = Kv.open("memory:");
            store.set("group", "key", "value");
            Cursor<Entry> cursor = store.scan("group");
            store.close();
            refused(Status.CLOSED, "", cursor::hasNext);
            cursor.close();
        });
    }

    private static void manyKeys() {
        Cases.withStore("many keys are read, written and deleted at once", store -> {
            store.setMany("group", Map.of("a", "1", "b", "2", "c", "3"));
            Map<String, Bytes> found = store.getMany("group", List.of("c", "none", "a"));
            same(List.of("c", "a"), new ArrayList<>(found.keySet()));
            same("3", found.get("c").text());
            same(Map.of(), store.getMany("group", List.of()));
            same(List.of("b", "a"), store.deleteMany("group", List.of("b", "none", "a")));
            same(List.of(), store.deleteMany("group", List.of()));
            store.setMany(GROUP, Map.of());
            same(1L, store.count("group"));
            store.setMany(GROUP, Map.of(Bytes.of("d"), Bytes.EMPTY), Duration.ofMinutes(1));
            check(store.ttl("group", "d").orElseThrow().toSeconds() > 30, "a minute");
            refusedVoid(Status.TOO_LARGE, "65535", () -> store.setMany("group",
                    Map.of("e", "5", "x".repeat(65536), "6")));
            same(List.of("c", "d"), store.keys("group", ScanOptions.ALL).stream().map(Bytes::text).toList());
            raised(NullPointerException.class, "", () -> store.getMany("group", Arrays.asList("a", null)));
            same(2L, store.deleteGroup("group"));
        });
    }
}
