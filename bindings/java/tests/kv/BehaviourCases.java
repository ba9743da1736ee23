package kv;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs the behaviour cases, which tests/behaviour/README.md describes, and their controls, in the
 * flat form.
 *
 * <pre>java kv.BehaviourCases CASES PLANTED DIRECTORY</pre>
 */
public final class BehaviourCases {
    private final Path directory;
    private int runs;
    private int failed;

    private BehaviourCases(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws IOException {
        BehaviourCases all = new BehaviourCases(Path.of(arguments[2]));
        List<Lines.Case> cases = Lines.read(Path.of(arguments[0]));
        int counted = all.expectEqual(cases);
        all.expectDifferent(Lines.read(Path.of(arguments[1])));
        System.out.println("# " + counted + " runs of " + cases.size() + " cases");
        System.exit(all.failed == 0 ? 0 : 1);
    }

    /**
     * The end of a run: the error that ended it, if one has, and whether the last call has raised
     * it.
     */
    private record End(RuntimeException why, boolean isAtLast) {}

    private End run(Lines.Case one, String engine) {
        String base = engine.equals("memory") ? "memory:"
                : engine + ":" + directory.resolve("behaviour-" + ++runs + ".db");
        int made = 0;
        try (Run run = new Run(base)) {
            run.open("main", one.options());
            for (Lines.Call call : one.calls()) {
                run.make(call);
                made++;
            }
            return new End(null, false);
        } catch (RuntimeException why) {
            return new End(why, made == one.calls().size() - 1);
        }
    }

    private int expectEqual(List<Lines.Case> cases) {
        int counted = 0;
        for (Lines.Case one : cases) {
            for (String engine : one.engines()) {
                report("%s (%s)".formatted(one.name(), engine), run(one, engine).why);
                counted++;
            }
        }
        return counted;
    }

    private void expectDifferent(List<Lines.Case> cases) {
        for (Lines.Case one : cases) {
            for (String engine : one.engines()) {
                End end = run(one, engine);
                boolean isRight = end.isAtLast && end.why instanceof Run.Difference;
                RuntimeException why = end.why == null ? new RuntimeException("it passes") : end.why;
                report("%s (%s) fails".formatted(one.name(), engine), isRight ? null : why);
            }
        }
    }

    private void report(String name, RuntimeException why) {
        if (why == null) {
            System.out.println("ok behaviour: " + name);
        } else {
            failed++;
            System.out.println("FAILED behaviour: " + name + ": " + why);
        }
    }
}
