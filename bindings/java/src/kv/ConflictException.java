package kv;

/** A write whose condition does not hold; nothing was written. */
public final class ConflictException extends KvException {
    private static final long serialVersionUID = 1;

    private final long version;
    private final int step;

    ConflictException(String message, long version, int step) {
        super(Status.CONFLICT, 0, message);
        this.version = version;
        this.step = step;
    }

    ConflictException(String message, long version) {
        this(message, version, -1);
    }

    /**
     * Returns the version of the key, an unsigned number; 0 if it is absent, or if the call does
     * not know it.
     */
    public long version() {
        return version;
    }

    /**
     * Returns the step of a batch whose condition does not hold, counted from 0; -1 without a
     * batch.
     */
    public int step() {
        return step;
    }
}
