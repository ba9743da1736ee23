package kv;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The flat form of the behaviour cases, which tests/behaviour/README.md describes. */
final class Lines {
    private Lines() {}

    /**
     * A case: the engines on which it runs, the options of its location, its name and its calls.
     */
    record Case(List<String> engines, String options, String name, List<Call> calls) {}

    /** A call with its steps, keys or entries, and the list that it is expected to return. */
    record Call(Line line, List<Line> parts, List<String> wanted) {}

    static List<Case> read(Path path) throws IOException {
        List<Case> cases = new ArrayList<>();
        int counted = -1;
        for (String text : Files.readAllLines(path)) {
            String[] columns = text.split("\t", -1);
            Case last = cases.isEmpty() ? null : cases.get(cases.size() - 1);
            switch (columns[0]) {
                case "case" -> cases.add(
                        new Case(List.of(columns[1].split(",")), columns[2], columns[3], new ArrayList<>()));
                case "call" -> last.calls.add(new Call(new Line(columns, 2), new ArrayList<>(), new ArrayList<>()));
                case "step" -> call(last).parts.add(new Line(columns, 2));
                case "key", "entry" -> call(last).parts.add(new Line(columns, 1));
                case "want" -> call(last).wanted.add(text.split("\t", 3)[2]);
                case "end" -> counted = Integer.parseInt(columns[1]);
                default -> throw new IllegalArgumentException("there is no line " + columns[0]);
            }
        }
        if (counted != cases.size()) {
            throw new IllegalArgumentException(path + " has " + cases.size() + " cases, and ends with " + counted);
        }
        return cases;
    }

    private static Call call(Case last) {
        return last.calls.get(last.calls.size() - 1);
    }

    static String hex(Bytes bytes) {
        return "x" + HexFormat.of().formatHex(bytes.array());
    }

    /** A line: its word, and its fields by name. It remembers which were asked for. */
    static final class Line {
        final String word;
        private final Map<String, String> fields = new LinkedHashMap<>();
        private final Set<String> used = new HashSet<>();

        Line(String[] columns, int first) {
            word = columns[1];
            for (int i = first; i < columns.length; i++) {
                String[] parts = columns[i].split("=", 2);
                fields.put(parts[0], parts[1]);
            }
        }

        Optional<String> find(String name) {
            used.add(name);
            return Optional.ofNullable(fields.get(name));
        }

        String take(String name) {
            return find(name).orElseThrow(() -> new IllegalArgumentException(word + " has no " + name));
        }

        Optional<Bytes> findBytes(String name) {
            return find(name).map(text -> {
                if (!text.startsWith("x")) {
                    throw new IllegalArgumentException(name + " is not bytes");
                }
                return Bytes.of(HexFormat.of().parseHex(text.substring(1)));
            });
        }

        Bytes bytes(String name) {
            take(name);
            return findBytes(name).orElseThrow();
        }

        Bytes group() {
            return bytes("group");
        }

        Bytes key() {
            return bytes("key");
        }

        long number(String name) {
            return Long.parseLong(take(name));
        }

        Duration millis(String name) {
            return Duration.ofMillis(number(name));
        }

        Optional<Duration> ttl() {
            return find("ttl").map(text -> text.equals("never") ? Kv.NEVER : Duration.ofMillis(Long.parseLong(text)));
        }

        ExpireIf[] conditions() {
            return find("flags").map(text -> List.of(text.toUpperCase().split(",")).stream()
                    .map(ExpireIf::valueOf).toArray(ExpireIf[]::new)).orElse(new ExpireIf[0]);
        }

        /** The options of a put; `versions` are those that the case has saved. */
        PutOptions options(Map<String, Long> versions) {
            PutOptions options = PutOptions.DEFAULT;
            switch (find("if").orElse("")) {
                case "" -> { }
                case "absent" -> options = options.ifAbsent();
                case "present" -> options = options.ifPresent();
                case "version" -> options = options.ifVersion(version("version", versions));
                default -> throw new IllegalArgumentException("there is no condition " + take("if"));
            }
            if (ttl().isPresent()) {
                options = options.ttl(ttl().get());
            }
            if (find("expires_at").isPresent()) {
                String at = take("expires_at");
                options = options.expiresAt(at.equals("never") ? Optional.empty()
                        : Optional.of(Instant.ofEpochMilli(Long.parseLong(at))));
            }
            if (find("keep_ttl").isPresent()) {
                options = options.keepTtl();
            }
            return find("durability").isEmpty() ? options
                    : options.durability(Durability.valueOf(take("durability").toUpperCase()));
        }

        /** A version or token: a number, or the name of one that the case has saved. */
        long version(String name, Map<String, Long> versions) {
            return versionOf(take(name), versions);
        }

        static long versionOf(String text, Map<String, Long> versions) {
            if (Character.isDigit(text.charAt(0))) {
                return Long.parseUnsignedLong(text);
            } else if (!versions.containsKey(text)) {
                throw new IllegalArgumentException("nothing was saved as " + text);
            }
            return versions.get(text);
        }

        /** The names of the expected fields. */
        List<String> expected() {
            return fields.keySet().stream().filter(it -> it.startsWith("expect.")).map(it -> it.substring(7)).toList();
        }

        void refuseUnused() {
            for (String name : fields.keySet()) {
                if (!used.contains(name)) {
                    throw new IllegalArgumentException(word + " does not know " + name);
                }
            }
        }
    }
}
