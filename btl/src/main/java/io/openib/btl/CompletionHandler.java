package io.openib.btl;

/** Told that an operation is complete. Made once and used for many operations: the cookie says which one. */
@FunctionalInterface
public interface CompletionHandler {
    /**
     * Called once for each accepted operation, on the owner.
     *
     * @param cookie what the operation was given
     * @param status {@link BtlStatus#OK}, or a negative code: it may or may not have happened
     */
    void onComplete(long cookie, int status);
}
