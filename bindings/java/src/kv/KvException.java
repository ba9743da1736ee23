package kv;

/**
 * A call of the library that has failed. Programs compare the status; the message is for people.
 */
public class KvException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Status status;
    private final int osError;

    KvException(Status status, int osError, String message) {
        super(message);
        this.status = status;
        this.osError = osError;
    }

    static KvException argument(String message) {
        return new KvException(Status.ARGUMENT, 0, message);
    }

    /** Returns the status of the call. */
    public Status status() {
        return status;
    }

    /** Returns the error number of the operating system, or 0 if there is none. */
    public int osError() {
        return osError;
    }
}
