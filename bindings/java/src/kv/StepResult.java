package kv;

import java.util.Optional;

/**
 * The result of a step of a batch.
 *
 * @param status {@link Status#OK}, {@link Status#NOT_FOUND}, or {@link Status#CONFLICT} for an
 *     expire that its conditions did not allow
 * @param value the value of a get or take; the sum, the new length or the number of deleted
 *     entries as decimal text
 * @param version the version that the step has read or written, 0 if it has none
 */
public record StepResult(Status status, Optional<Bytes> value, long version) {
    /** Returns whether the step has found an entry. */
    public boolean isFound() {
        return status == Status.OK;
    }
}
