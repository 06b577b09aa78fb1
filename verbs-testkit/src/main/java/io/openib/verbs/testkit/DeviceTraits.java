package io.openib.verbs.testkit;

import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.LinkLayer;

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
 * @param tellsLocalErrorsApart a local error is a length or a protection error by its status. rxe (Linux 6.1) says
 *     LOC_QP_OP_ERR for both (and the peer REM_OP_ERR), and REM_ACCESS_ERR where the remote bounds do not fit either
 * @param knowsSqe a failed send moves a datagram queue pair to SQE, where it still receives. rxe (Linux 6.1) moves it to ERR
 * @param holdsExactDepths a receive queue refuses what is beyond the depth that it tells. rxe rounds its rings up
 * @param reachesRtrWithoutRoute a queue pair moves to RTR although nobody has the address. For RoCE the kernel looks up the
 *     destination's MAC address in that move, and refuses it with EINVAL
 * @param rnrWaitsUseNoRetries waiting for a receive uses no other retry up. The retransmission timer of rxe (Linux 6.1)
 *     runs on while it waits
 * @param flushesLateReceives a receive posted in ERR is flushed. rxe (Linux 6.1) hears of a receive only with the next
 *     packet or move
 * @param resetForgetsCompletions completions of a queue pair that is moved to RESET are taken out of their queues. rxe (Linux
 *     6.1) leaves them
 * @param answersToTheLetter where the specification names one answer it is that one: the target refuses an atomic that is
 *     not aligned (REM_INV_REQ_ERR), and what the queue pair does not allow by the same, and raises QP_ACCESS_ERR for a key that
 *     is none; another length than eight bytes, and a datagram that does not fit, are LOC_LEN_ERR; an inline read is EINVAL; a
 *     Q_Key with the top bit set stands for the sender's own; sends that wait in SQD go on with RTS; a connection's completion
 *     has no GRH. Each kind of hardware differs in some of these, and rxe in most
 * @param poisonsFailures fields that mean nothing after an error hold values that no program can take for valid ones.
 *     Hardware leaves what was there
 * @param overrunFailsQueue completions beyond the size of a completion queue raise CQ_ERR. Devices may give a queue more
 *     room than {@code cqe()} says
 * @param reportsLastReceive a queue pair in ERR that draws from a shared receive queue raises QP_LAST_WQE_REACHED once it takes no
 *     further receive. rxe (Linux 6.1) says nothing
 * @param tellsLocalErrors a request that fails by a local error is told by the status of an error. rxe of Linux 6.1 does so, that
 *     of 7.3 may say WR_FLUSH_ERR of it as of those behind it
 * @param countsFlushesAsSolicited a flushed request raises the event of who waits for solicited completions alone, as every
 *     error does. rxe of Linux 6.1 does so, that of 7.3 does not
 */
public record DeviceTraits(
        boolean slotsFreeOnlyWhenPolled,
        boolean checksStateOnPost,
        boolean waitsOutTimeouts,
        boolean matchesPathMtu,
        boolean dropsForeignSourceGid,
        boolean tellsLocalErrorsApart,
        boolean knowsSqe,
        boolean holdsExactDepths,
        boolean reachesRtrWithoutRoute,
        boolean rnrWaitsUseNoRetries,
        boolean flushesLateReceives,
        boolean resetForgetsCompletions,
        boolean answersToTheLetter,
        boolean poisonsFailures,
        boolean overrunFailsQueue,
        boolean reportsLastReceive,
        boolean tellsLocalErrors,
        boolean countsFlushesAsSolicited) {
    /** The vendor that the kernel's software device gives: no company has it. */
    private static final int RXE = 0xffffff;

    /** Every rule as written. */
    public static DeviceTraits strict() {
        return new DeviceTraits(
                true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true,
                true);
    }

    /** rxe of Linux 6.1 and 7.3, as they were found to be; what hardware does better is not asked of it. */
    public static DeviceTraits softRoce() {
        boolean isOld = System.getProperty("os.version").matches("([1-5]|6\\.[01])\\..*");
        return new DeviceTraits(
                false, true, false, false, true, false, false, false, false, false, false, false, false, false, false,
                false, isOld, isOld);
    }

    /**
     * Hardware that nobody has measured is asked for all that the InfiniBand specification leaves no choice about. The
     * library may count its slots and depths otherwise; a switch may tell early that a destination is not there; and on
     * Ethernet the kernel looks up addresses, and a packet's source is not part of what the queue pair checks.
     */
    public static DeviceTraits of(DeviceAttributes attributes, LinkLayer linkLayer) {
        if (attributes.vendorId() == RXE) {
            return softRoce();
        }
        boolean isInfiniBand = linkLayer != LinkLayer.ETHERNET;
        return new DeviceTraits(
                false,
                true,
                false,
                false,
                isInfiniBand,
                true,
                true,
                false,
                isInfiniBand,
                true,
                true,
                false,
                false,
                false,
                false,
                true,
                true,
                true);
    }
}
