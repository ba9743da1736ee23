package kv;

import static kv.Cases.check;
import static kv.Cases.raised;
import static kv.Cases.same;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The declarations, and how the library is found.
 *
 * <pre>
 * java kv.TestLibrary              runs the tests
 * java kv.TestLibrary declarations prints all declarations, for a comparison with a compiler's
 * </pre>
 */
public final class TestLibrary {
    private TestLibrary() {}

    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            declarations();
            return;
        }
        Cases.run("a library that is not there is an error that says where it was looked for", () -> {
            same(List.of("a"), Library.names("a", "b"));
            same(List.of("b"), Library.names(null, "b"));
            same(List.of("libkv.so.0", "libkv.so"), Library.names("", null));
            for (String word : List.of("KV_LIBRARY", "kv.library", "/nowhere/a.so", "/nowhere/b.so")) {
                raised(UnsatisfiedLinkError.class, word, () -> Library.open(List.of("/nowhere/a.so", "/nowhere/b.so")));
            }
            raised(UnsatisfiedLinkError.class, "not the library of kv", () -> Library.open(List.of("libc.so.6")));
        });
        Cases.run("every function of the header is in the library", () -> {
            Kv.version();
            Abi.All.FUNCTIONS.forEach(Library::function);
            check(Abi.All.FUNCTIONS.size() > 100, "only " + Abi.All.FUNCTIONS.size() + " functions");
            raised(UnsatisfiedLinkError.class, "kv_no_such_function",
                    () -> Library.function("kv_no_such_function", FunctionDescriptor.ofVoid()));
        });
        Cases.run("the statuses are those of the header", () -> {
            List<String> outcomes = List.of("KV_OK",
                    "KV_NOT_FOUND", "KV_CONFLICT", "KV_DONE", "KV_TIMEOUT", "KV_TOO_SMALL");
            TreeMap<String, Long> expected = new TreeMap<>();
            Abi.All.CONSTANTS.forEach((name, number) -> {
                // KV_ERROR_MESSAGE_LEN is none.
                if (outcomes.contains(name) || name.startsWith("KV_ERR_")) {
                    expected.put(name.replaceFirst("^KV_(ERR_)?", ""), number);
                }
            });
            TreeMap<String, Long> found = new TreeMap<>();
            Stream.of(Status.values()).filter(it -> it != Status.UNKNOWN)
                    .forEach(it -> found.put(it.name(), (long) it.code()));
            same(expected, found);
            same(Status.UNKNOWN, Status.of(12345));
            for (Status status : Status.values()) {
                same(status, Status.of(status.code()));
            }
        });
        Cases.run("the records have the figures of the header", () -> {
            same(fields(Abi.kv_metrics.LAYOUT), components(Metrics.class));
            same(fields(Abi.kv_call_metrics.LAYOUT), components(CallMetrics.class));
            same(fields(Abi.kv_usage.LAYOUT), components(Usage.class));
            same(fields(Abi.kv_quota.LAYOUT), components(Quota.class));
            // Some are left out.
            check(fields(Abi.kv_stats.LAYOUT).containsAll(components(Stats.class)), "kv_stats");
        });
        Cases.run("the enumerations are those of the header", () -> {
            for (Event.Type type : Event.Type.values()) {
                Long code = Abi.All.CONSTANTS.get("KV_EVENT_" + type.name());
                check(type == Event.Type.UNKNOWN ? code == null : type == Event.Type.of(code.intValue()), type.name());
            }
            same(Event.Type.UNKNOWN, Event.Type.of(99));
            for (Durability durability : Durability.values()) {
                same(Abi.All.CONSTANTS.get("KV_DURABILITY_" + durability), (long) durability.ordinal());
            }
            for (Idempotency.State state : Idempotency.State.values()) {
                same(Abi.All.CONSTANTS.get("KV_IDEMPOTENCY_" + state), state.ordinal() + 1L);
            }
            for (CallKind kind : CallKind.values()) {
                Long code = Abi.All.CONSTANTS.get("KV_CALL_" + kind.name());
                check(kind == CallKind.UNKNOWN ? code == null : kind == CallKind.of(code.intValue()), kind.name());
                String name = Abi.kv_call_name(kind.ordinal()).reinterpret(64).getString(0);
                same(kind.name().toLowerCase(), name);
            }
            same(Abi.KV_CALL_KINDS, CallKind.values().length - 1);
            same(CallKind.UNKNOWN, CallKind.of(99));
            same(CallKind.UNKNOWN, CallKind.of(-1));
            for (LogLevel level : LogLevel.values()) {
                same(Abi.All.CONSTANTS.get("KV_LOG_" + level), (long) level.ordinal());
                same(level, LogLevel.of(level.ordinal()));
            }
            for (ExpireIf condition : ExpireIf.values()) {
                same(Abi.All.CONSTANTS.get("KV_EXPIRE_" + condition), (long) ExpireIf.flags(condition));
            }
        });
        Cases.finish();
    }

    /** Prints a line for each constant, structure, field, function and callback. */
    private static void declarations() {
        Kv.version();
        new TreeMap<>(Abi.All.CONSTANTS)
                .forEach((name, number) -> System.out.println("constant " + name + " " + number));
        for (StructLayout structure : Abi.All.STRUCTURES) {
            String name = structure.name().orElseThrow();
            System.out.println("structure " + name + " " + structure.byteSize());
            for (MemoryLayout member : structure.memberLayouts()) {
                member.name().ifPresent(field -> System.out.println("field " + name + " " + field + " "
                        + structure.byteOffset(PathElement.groupElement(field)) + " " + member.byteSize()));
            }
        }
        functions("function", Abi.All.FUNCTIONS);
        functions("callback", Abi.All.CALLBACKS);
    }

    private static List<String> fields(StructLayout structure) {
        return structure.memberLayouts().stream().flatMap(it -> it.name().stream())
                .filter(it -> !it.equals("size") && !it.equals("reserved")).toList();
    }

    private static List<String> components(Class<? extends Record> type) {
        return Stream.of(type.getRecordComponents()).map(it -> Figures.field(it.getName())).toList();
    }

    private static void functions(String word, Map<String, FunctionDescriptor> types) {
        new TreeMap<>(types).forEach((name, type) -> System.out.println(word + " " + name + " "
                + type.returnLayout().map(TestLibrary::kind).orElse("void") + " of "
                + type.argumentLayouts().stream().map(TestLibrary::kind).collect(Collectors.joining(" "))));
    }

    private static String kind(MemoryLayout layout) {
        return layout instanceof AddressLayout ? "pointer"
                : (layout instanceof GroupLayout ? "structure" : "integer") + layout.byteSize();
    }
}
