package kv;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Objects of the program that the library calls, by the numbers that it has as their user_data.
 * The functions of C that find them are made once: so none can be freed while a thread is in it.
 */
final class Callbacks {
    /** The function by which the library lets go of an object. */
    private static final MemorySegment DESTROY =
            Library.callback(Callbacks.class, "forget", Abi.kv_destroy_fn.TYPE);

    private static final Map<Long, Object> OBJECTS = new ConcurrentHashMap<>();
    private static final AtomicLong LAST = new AtomicLong();

    private Callbacks() {}

    /** A function of the library that takes an object. */
    interface Call {
        int set(MemorySegment data, MemorySegment destroy, MemorySegment error);
    }

    /** Passes an object to the library, which keeps it until it lets go of it. */
    static void pass(Object object, Call call) {
        MemorySegment data = MemorySegment.ofAddress(LAST.incrementAndGet());
        OBJECTS.put(data.address(), object);
        try (Frame frame = new Frame(null)) {
            frame.check(call.set(data, DESTROY, frame.error));
        } catch (KvException refused) {
            forget(data);
            throw refused;
        }
    }

    /** Returns the object that the library calls. */
    static Object find(MemorySegment data) {
        return OBJECTS.get(data.address());
    }

    /** Returns how many objects the library has, for tests. */
    static int count() {
        return OBJECTS.size();
    }

    /** Is called by the library. */
    static void forget(MemorySegment data) {
        OBJECTS.remove(data.address());
    }

    /**
     * Reports an exception of the program, which must not leave a function that the library has
     * called: the virtual machine would end.
     */
    static void report(Throwable raised) {
        try {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, raised);
        } catch (Throwable again) {
            // The handler has failed as well, and there is no one else to tell.
        }
    }
}
