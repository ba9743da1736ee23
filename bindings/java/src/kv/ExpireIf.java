package kv;

/**
 * A condition of a change of an expiry; an entry without an expiry counts as the one that ends
 * last.
 */
public enum ExpireIf {
    /** The entry has no expiry. It excludes the others. */
    NX(Abi.KV_EXPIRE_NX),
    /** The entry has an expiry. */
    XX(Abi.KV_EXPIRE_XX),
    /** The new expiry is later. */
    GT(Abi.KV_EXPIRE_GT),
    /** The new expiry is earlier. */
    LT(Abi.KV_EXPIRE_LT);

    private final int flag;

    ExpireIf(int flag) {
        this.flag = flag;
    }

    static int flags(ExpireIf... conditions) {
        int flags = 0;
        for (ExpireIf condition : conditions) {
            flags |= condition.flag;
        }
        return flags;
    }
}
