package kv;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;

/** Loads the library, once, and looks up its functions. */
final class Library {
    private static final Linker LINKER = Linker.nativeLinker();
    private static SymbolLookup symbols;

    private Library() {}

    /** Returns the names under which the library is looked for, in their order. */
    static List<String> names(String property, String variable) {
        for (String given : new String[] {property, variable}) {
            if (given != null && !given.isEmpty()) {
                return List.of(given);
            }
        }
        return List.of("libkv.so.0", "libkv.so");
    }

    /**
     * Loads the library that the property {@code kv.library} or the variable {@code KV_LIBRARY}
     * names, or the system's.
     *
     * @throws UnsatisfiedLinkError if there is none, or if it has another interface
     */
    static synchronized void load() {
        if (symbols == null) {
            symbols = open(names(System.getProperty("kv.library"), System.getenv("KV_LIBRARY")));
        }
    }

    /** Returns the symbols of the first library that can be loaded. */
    static SymbolLookup open(List<String> names) {
        List<String> tried = new ArrayList<>();
        for (String name : names) {
            try {
                SymbolLookup found = SymbolLookup.libraryLookup(name, Arena.global());
                requireInterface(found, name);
                return found;
            } catch (IllegalArgumentException absent) {
                tried.add(name + " (" + absent.getMessage() + ")");
            }
        }
        throw new UnsatisfiedLinkError("the library of kv cannot be loaded; the property kv.library or the variable "
                + "KV_LIBRARY names its path. Tried: " + String.join(", ", tried));
    }

    private static void requireInterface(SymbolLookup found, String name) {
        MemorySegment function = found.find("kv_abi_version").orElseThrow(
                () -> new UnsatisfiedLinkError(name + " is not the library of kv: it has no kv_abi_version"));
        FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT);
        int version;
        try {
            version = (int) LINKER.downcallHandle(function, type).invokeExact();
        } catch (Throwable raised) {
            throw unexpected(raised);
        }
        if (version != Abi.KV_ABI_VERSION) {
            throw new UnsatisfiedLinkError("the library " + name + " has the interface " + version
                    + "; this binding needs " + Abi.KV_ABI_VERSION);
        }
    }

    /** Returns a function of the library, which a caller of {@link #load} has loaded. */
    static MethodHandle function(String name, FunctionDescriptor type) {
        MemorySegment function;
        synchronized (Library.class) {
            function = symbols.find(name).orElseThrow(
                    () -> new UnsatisfiedLinkError("the library of kv has no function " + name));
        }
        return LINKER.downcallHandle(function, type);
    }

    /**
     * Returns a function of C that calls a static method, as long as the program runs. An
     * exception that left the method would end the program.
     */
    static MemorySegment callback(Class<?> owner, String method, FunctionDescriptor type) {
        try {
            return LINKER.upcallStub(MethodHandles.lookup().findStatic(owner, method, type.toMethodType()), type,
                    Arena.global());
        } catch (ReflectiveOperationException raised) {
            throw new IllegalStateException(raised);
        }
    }

    /** Returns the error to throw for one that no function of C throws. */
    static RuntimeException unexpected(Throwable raised) {
        if (raised instanceof Error) {
            throw (Error) raised;
        }
        return raised instanceof RuntimeException ? (RuntimeException) raised : new IllegalStateException(raised);
    }
}
