package kv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A queue of the changes of a store, in commit order. One thread polls it at a time; any thread
 * may close it, which wakes the one that waits.
 */
public final class Watch extends Handle {
    private final Store store;

    private Watch(MemorySegment id, Store store) {
        super(id, "watch", Abi::kv_watch_close);
        this.store = store;
    }

    static Watch open(Store store, Options options) {
        try (Frame frame = new Frame(store)) {
            MemorySegment given = frame.sized(Abi.kv_watch_options.LAYOUT);
            given.set(JAVA_INT, Abi.kv_watch_options.flags, options.groupFlag | options.keyFlag | options.beginFlag);
            given.set(JAVA_INT, Abi.kv_watch_options.capacity, options.capacity);
            given.set(JAVA_LONG, Abi.kv_watch_options.since, options.since);
            MemorySegment group = frame.bytes(options.group);
            MemorySegment key = frame.bytes(options.key);
            return new Watch(opened(frame, out -> Abi.kv_watch_open(store.handle(), group, options.group.length(),
                    key, options.key.length(), given, out, frame.error)), store);
        }
    }

    /**
     * Returns the next event, and waits for it for at most a time; nothing if none has arrived. It
     * waits in the library, so that an interrupt of the thread does not end it, and {@link #close}
     * does.
     *
     * @throws KvException with {@link Status#CLOSED} if the store or the watch is closed, also
     *     during the wait, and {@link Status#HANDLE} if the watch was closed before
     */
    public Optional<Event> poll(Duration timeout) {
        long timeoutMs = Times.millis("timeout", timeout);
        try (Frame frame = new Frame(this)) {
            MemorySegment event = frame.sized(Abi.kv_event.LAYOUT);
            int status = frame.check(Abi.kv_watch_poll(handle(), timeoutMs, event, frame.error));
            return status == Abi.KV_TIMEOUT ? Optional.empty() : Optional.of(eventOf(event));
        }
    }

    static Event eventOf(MemorySegment event) {
        Event.Type type = Event.Type.of(event.get(JAVA_INT, Abi.kv_event.type));
        long timeMs = event.get(JAVA_LONG, Abi.kv_event.time_ms);
        return new Event(type, Frame.borrowed(event, Abi.kv_event.group),
                type.hasKey() ? Optional.of(Frame.borrowed(event, Abi.kv_event.key)) : Optional.empty(),
                type == Event.Type.SET ? Optional.of(Frame.borrowed(event, Abi.kv_event.value)) : Optional.empty(),
                event.get(JAVA_LONG, Abi.kv_event.value_size), event.get(JAVA_LONG, Abi.kv_event.version),
                timeMs == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(timeMs)),
                event.get(JAVA_LONG, Abi.kv_event.lost));
    }

    /** Returns the store whose changes these are. */
    public Store store() {
        return store;
    }

    /** The changes that a watch is about, and its beginning. Each method returns other options. */
    public static final class Options {
        /** All changes from now on. */
        public static final Options ALL =
                new Options(Bytes.EMPTY, Abi.KV_WATCH_ANY_GROUP, Bytes.EMPTY, Abi.KV_WATCH_ANY_KEY, 0, 0, 0);

        private final Bytes group;
        private final int groupFlag;
        private final Bytes key;
        private final int keyFlag;
        private final int beginFlag;
        private final int capacity;
        private final long since;

        private Options(Bytes group, int groupFlag, Bytes key, int keyFlag, int beginFlag, int capacity, long since) {
            this.group = Objects.requireNonNull(group, "group");
            this.groupFlag = groupFlag;
            this.key = Objects.requireNonNull(key, "key");
            this.keyFlag = keyFlag;
            this.beginFlag = beginFlag;
            this.capacity = capacity;
            this.since = since;
        }

        private Options ofGroup(Bytes other, int flag) {
            return new Options(other, flag, key, keyFlag, beginFlag, capacity, since);
        }

        private Options ofKey(Bytes other, int flag) {
            return new Options(group, groupFlag, other, flag, beginFlag, capacity, since);
        }

        /** Only the changes of one group. */
        public Options group(Bytes name) {
            return ofGroup(name, 0);
        }

        /** Only the changes of one group. */
        public Options group(String name) {
            return group(Bytes.of(name));
        }

        /** Only the changes of the groups whose names begin with these bytes. */
        public Options groupPrefix(Bytes prefix) {
            return ofGroup(prefix, Abi.KV_WATCH_GROUP_PREFIX);
        }

        /** Only the changes of one key, and deletes of its whole group. */
        public Options key(Bytes name) {
            return ofKey(name, 0);
        }

        /** Only the changes of one key, and deletes of its whole group. */
        public Options key(String name) {
            return key(Bytes.of(name));
        }

        /** Only the changes of the keys that begin with these bytes. */
        public Options keyPrefix(Bytes prefix) {
            return ofKey(prefix, Abi.KV_WATCH_KEY_PREFIX);
        }

        /** Only the changes of the keys that begin with a text. */
        public Options keyPrefix(String prefix) {
            return keyPrefix(Bytes.of(prefix));
        }

        /**
         * Begins with the existing entries, each as a SET, then a SYNCED, then the changes after
         * them.
         */
        public Options existing() {
            return new Options(group, groupFlag, key, keyFlag, Abi.KV_WATCH_EXISTING, capacity, 0);
        }

        /** Begins with the changes after a version, which the change log must have. */
        public Options since(long version) {
            return new Options(group, groupFlag, key, keyFlag, Abi.KV_WATCH_SINCE, capacity, version);
        }

        /** The queue has room for so many changes, 16 to 16,777,216; 1024 without. */
        public Options capacity(int changes) {
            return new Options(group, groupFlag, key, keyFlag, beginFlag, changes, since);
        }
    }
}
