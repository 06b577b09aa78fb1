package io.openib.verbs;

/**
 * A batch of {@code struct ibv_wc}, read by index. Valid until the next poll into it. When the status is not SUCCESS only
 * {@link #wrId}, {@link #status}, {@link #qpNumber} and {@link #vendorError} have a meaning.
 */
public interface WorkCompletions {
    /** How many a poll can fill. */
    int capacity();

    /** The request's id. */
    long wrId(int index);

    /** One of {@link WcStatus}' codes. */
    int status(int index);

    /** One of {@link WcOpcode}. */
    int opcode(int index);

    /** The vendor's code beside an error status. */
    int vendorError(int index);

    /** Bytes received, of receives; with the 40 bytes of GRH on UD. */
    int byteLength(int index);

    /** The sender's immediate, where {@link WcFlag#WITH_IMM} is set. */
    int immediate(int index);

    /** The local queue pair. */
    int qpNumber(int index);

    /** The sender's queue pair (UD). */
    int sourceQp(int index);

    /** {@link WcFlag} bits. */
    int flags(int index);
}
