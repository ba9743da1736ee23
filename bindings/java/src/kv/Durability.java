package kv;

/** The failures that a write survives. */
public enum Durability {
    /** The durability of the store. */
    DEFAULT,
    /** The write survives a killed process. */
    NORMAL,
    /** The write, and all before it, survive a loss of power when the call returns. */
    FULL
}
