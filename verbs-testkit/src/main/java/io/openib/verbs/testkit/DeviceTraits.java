package io.openib.verbs.testkit;

/**
 * Where devices that keep verbs' rules may still differ. Each trait has its reason; a suite run with a trait off leaves out
 * only what that trait names.
 *
 * @param slotsFreeOnlyWhenPolled a send slot stays taken until a later signalled completion was polled. So it is where the
 *     library counts slots (mlx4, mlx5); rxe counts in the kernel and may free a slot earlier
 * @param checksStateOnPost a send posted before RTS is refused with EINVAL. Providers that write straight into the
 *     hardware's queue (mlx5) do not look at the state
 * @param waitsOutTimeouts RETRY_EXC comes no earlier than timeout times retries. Hardware may give up sooner when its own
 *     switch tells that the destination is not there
 * @param matchesPathMtu two ends with different path MTUs cannot exchange messages of more than one packet. Devices need
 *     not look at it before a message has more than one packet
 * @param dropsForeignSourceGid a packet is dropped when it comes from another port than the queue pair is connected to.
 *     InfiniBand checks the source LID; some RoCE devices match on the queue pair number alone
 * @param overrunFailsQueue completions beyond the size of a completion queue raise CQ_ERR. Devices may give a queue more
 *     room than {@code cqe()} says
 */
public record DeviceTraits(
        boolean slotsFreeOnlyWhenPolled,
        boolean checksStateOnPost,
        boolean waitsOutTimeouts,
        boolean matchesPathMtu,
        boolean dropsForeignSourceGid,
        boolean overrunFailsQueue) {

    /** Every rule as written. */
    public static DeviceTraits strict() {
        return new DeviceTraits(true, true, true, true, true, true);
    }
}
