package kv;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Cases of tests, each reported by its name, and the checks that they make. */
final class Cases {
    /** The longest wait for something that another thread does. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static int failed;

    private Cases() {}

    /** The body of a case; any exception is a failure. */
    interface Body {
        void run() throws Exception;
    }

    static void run(String name, Body body) {
        try {
            body.run();
            System.out.println("ok " + name);
        } catch (Throwable why) {
            failed++;
            System.out.println("FAILED " + name + ": " + why);
            why.printStackTrace();
        }
    }

    /** Runs a case with an open store in memory. */
    static void withStore(String name, Consumer<Store> body) {
        run(name, () -> {
            try (Store store = Kv.open("memory:")) {
                body.accept(store);
            }
        });
    }

    static void finish() {
        System.exit(failed == 0 ? 0 : 1);
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    static void same(Object expected, Object found) {
        check(Objects.equals(expected, found), "expected " + expected + ", found " + found);
    }

    /** The call fails with a status, and its message has these words. Returns the exception. */
    static KvException refused(Status status, String words, Callable<?> call) {
        try {
            call.call();
        } catch (KvException failure) {
            check(failure.status() == status, "expected " + status + ", raised " + failure.status() + ": " + failure);
            check(failure.getMessage().contains(words), failure.getMessage() + " does not say: " + words);
            return failure;
        } catch (Exception other) {
            throw new AssertionError("expected " + status, other);
        }
        throw new AssertionError("this was accepted: " + words);
    }

    static void refusedVoid(Status status, String words, Body call) {
        refused(status, words, () -> {
            call.run();
            return null;
        });
    }

    /** The call raises an exception of a type, whose message has these words. */
    static void raised(Class<? extends Throwable> type, String words, Body call) {
        try {
            call.run();
        } catch (Throwable found) {
            check(type.isInstance(found), "expected " + type.getName() + ", raised " + found);
            check(String.valueOf(found.getMessage()).contains(words), found.getMessage() + " does not say: " + words);
            return;
        }
        throw new AssertionError("this was accepted: " + words);
    }

    /** Waits until something holds, for a limited time. */
    static void until(String what, BooleanSupplier holds) {
        Instant end = Instant.now().plus(PATIENCE);
        while (!holds.getAsBoolean()) {
            check(Instant.now().isBefore(end), "still not so: " + what);
            try {
                Thread.sleep(5);
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }
    }
}
