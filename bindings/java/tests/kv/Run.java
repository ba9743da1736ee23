package kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kv.Lines.Line;

/**
 * One run of a behaviour case: its stores and other objects by their names, and the versions that
 * it has saved.
 */
final class Run implements AutoCloseable {
    /** The results of a call in the flat form; its status is ok unless it says otherwise. */
    static final class Returned {
        final Map<String, String> fields = new LinkedHashMap<>();
        final List<String> list = new ArrayList<>();

        static Returned nothing() {
            return new Returned();
        }

        static Returned of(String name, Object value) {
            return new Returned().with(name, value);
        }

        static Returned status(Status status) {
            return of("status", status.name().toLowerCase());
        }

        /** Ok if something was found, otherwise not_found. */
        static Returned found(boolean isFound) {
            return status(isFound ? Status.OK : Status.NOT_FOUND);
        }

        static Returned value(Optional<Bytes> value) {
            return value.map(it -> of("value", Lines.hex(it))).orElseGet(() -> found(false));
        }

        Returned with(String name, Object value) {
            fields.put(name, value.toString());
            return this;
        }
    }

    /** A difference between the expected and the returned results. */
    static final class Difference extends RuntimeException {
        private static final long serialVersionUID = 1;

        Difference(Line line, String field, Object expected, Object found) {
            super(cut(line.word + ": " + field + ": expected " + expected + ", returned " + found));
        }

        private static String cut(String text) {
            return text.substring(0, Math.min(text.length(), 1000));
        }
    }

    private static final long SLACK_MS = 60_000;

    final Map<String, Store> stores = new HashMap<>();
    final Map<String, Transaction> transactions = new HashMap<>();
    final Map<String, Watch> watches = new HashMap<>();
    final Map<String, ValueWriter> writers = new HashMap<>();
    final Map<String, ValueReader> readers = new HashMap<>();
    final Map<String, Lock> locks = new HashMap<>();
    final Map<String, Long> versions = new HashMap<>();
    private final String base;

    Run(String base) {
        this.base = base;
    }

    void open(String name, String options) {
        stores.put(name, Kv.open(options.isEmpty() ? base : base + "?" + options));
    }

    Store store(Line line) {
        return named(stores, line.find("store").orElse("main"));
    }

    static <T> T named(Map<String, T> objects, String name) {
        if (!objects.containsKey(name)) {
            throw new IllegalArgumentException("there is nothing called " + name);
        }
        return objects.get(name);
    }

    /** Saves a version under the name that the call gives it, and returns it. */
    long save(Line line, long version) {
        line.find("save").ifPresent(name -> versions.put(name, version));
        return version;
    }

    /**
     * Makes a call and compares its results. The status comes first: other differences follow from
     * it.
     */
    void make(Lines.Call call) {
        Line line = call.line();
        Returned returned = call(call);
        returned.fields.putIfAbsent("status", "ok");
        compare(line, "status", returned);
        for (String field : line.expected()) {
            if (!field.equals("status") && !field.equals("list")) {
                compare(line, field, returned);
            }
        }
        boolean isExtra = line.find("expect.state").isPresent() && line.find("expect.response").isEmpty();
        if (isExtra && returned.fields.containsKey("response")) {
            throw new Difference(line, "response", "none", returned.fields.get("response"));
        }
        if (line.find("expect.list").isPresent() && !call.wanted().equals(returned.list)) {
            throw new Difference(line, "list", call.wanted(), returned.list);
        }
        line.refuseUnused();
    }

    private Returned call(Lines.Call call) {
        Calls.Function function = Calls.BY_NAME.get(call.line().word);
        if (function == null) {
            throw new IllegalArgumentException("there is no call " + call.line().word);
        }
        try {
            return function.call(this, call.line(), call.parts());
        } catch (ConflictException conflict) {
            return Returned.status(Status.CONFLICT).with("version", Long.toUnsignedString(conflict.version()))
                    .with("failed", conflict.step());
        } catch (KvException failure) {
            return Returned.status(failure.status());
        }
    }

    private void compare(Line line, String field, Returned returned) {
        String expected = line.take("expect." + field);
        String found = returned.fields.get(field.equals("newer_than") ? "version" : field);
        if (found == null || !isSame(field, expected, found)) {
            throw new Difference(line, field, expected, found);
        }
    }

    private boolean isSame(String field, String expected, String found) {
        switch (field) {
            case "status":
                return List.of(expected.split(",")).contains(found);
            case "ttl":
                if (expected.equals("never") || found.equals("never")) {
                    return expected.equals(found);
                }
                long written = Long.parseLong(expected);
                long left = Long.parseLong(found);
                return left >= written - SLACK_MS && left <= written + 1;
            case "version":
                return Long.parseUnsignedLong(found) == Line.versionOf(expected, versions);
            case "newer_than":
                return Long.compareUnsigned(Long.parseUnsignedLong(found), Line.versionOf(expected, versions)) > 0;
            default:
                return expected.equals(found);
        }
    }

    /** Ends the objects that the case has left open, stores last. */
    @Override
    public void close() {
        transactions.values().forEach(Transaction::close);
        watches.values().forEach(Watch::close);
        writers.values().forEach(ValueWriter::close);
        readers.values().forEach(ValueReader::close);
        stores.values().forEach(Store::close);
    }
}
