package kv;

import java.nio.file.Path;
import java.time.Duration;

/** Opens stores. */
public final class Kv {
    /** A ttl: for ever, whatever the default_ttl of the store. So is {@link Duration#ZERO}. */
    public static final Duration NEVER = Duration.ofMillis(-1);

    private Kv() {}

    /**
     * Opens a store: a path, or a URI such as {@code memory:} or {@code
     * sqlite:app.db?durability=full}. A missing file is created.
     *
     * @throws KvException if the location, an option or the file is refused; the message names it
     * @throws UnsatisfiedLinkError if the library cannot be loaded
     * @throws UnsupportedOperationException if Java is older than 22
     */
    public static Store open(String location) {
        load();
        return Store.open(location);
    }

    /** Opens the file at a path, also one that looks like a URI. */
    public static Store open(Path path) {
        return open(path.isAbsolute() ? path.toString() : Path.of(".").resolve(path).toString());
    }

    /** Opens the store of a service in a services file. */
    public static Store openConfig(Path file, String service) {
        load();
        return Store.openConfig(file, service);
    }

    /** Returns the version of the library, such as "0.2.0". */
    public static String version() {
        load();
        return Abi.kv_version().reinterpret(64).getString(0);
    }

    // The methods above name classes that need a new Java, which are loaded only after this check.
    private static void load() {
        int feature = Runtime.version().feature();
        if (feature < 22) {
            throw new UnsupportedOperationException("kv needs Java 22 or later, whose java.lang.foreign is final; "
                    + "this is Java " + feature + " in " + System.getProperty("java.home"));
        }
        Library.load();
    }
}
