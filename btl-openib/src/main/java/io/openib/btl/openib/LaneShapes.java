package io.openib.btl.openib;

import io.openib.btl.BtlException;
import io.openib.btl.openib.fastpath.LaneShape;
import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.ReceiveQueue;
import io.openib.btl.openib.wire.ReceiveQueues;
import io.openib.btl.openib.wire.ReceiveQueuesParser;
import io.openib.btl.openib.wire.ReceiveQueuesParser.SpecException;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.AccessFlag;
import io.openib.verbs.AtomicCapability;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.GidChoice;
import io.openib.verbs.GidEntry;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.Mtu;
import io.openib.verbs.VerbsException;
import io.openib.wireup.QueuePairSettings;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes of the parameters, and of what a port can do, what lanes and their queue pairs are made with. */
final class LaneShapes {
    private static final Logger LOG = LoggerFactory.getLogger(LaneShapes.class);
    private static final int MAX_INLINE = 512;
    /** With it an entry of mlx5 takes 384 bytes, and the default queues no more memory than without: it comes in powers of two. */
    private static final int MAX_INLINE_OF_HARDWARE = 188;

    private static final int PIECE_LIMIT = 1 << 30;

    private final McaParameters parameters;
    private final ReceiveQueues queues;
    private final int maxSendBytes;

    /**
     * Reads the receive queues and checks them against the limits that depend on them.
     *
     * @throws BtlException if they do not fit
     */
    LaneShapes(McaParameters parameters) {
        this.parameters = parameters;
        ReceiveQueuesParser parser = new ReceiveQueuesParser();
        try {
            this.queues = parser.parse(parameters.value(OpenibParameters.RECEIVE_QUEUES));
        } catch (SpecException e) {
            throw new BtlException("btl_openib_receive_queues: " + e.getMessage(), e);
        }
        parser.warnings().forEach(warning -> LOG.warn("btl_openib_receive_queues: {}", warning));
        this.maxSendBytes = checkedMaxSend();
        checkFreeList();
    }

    private int checkedMaxSend() {
        int wanted = Math.toIntExact(parameters.value(OpenibParameters.MAX_SEND_SIZE));
        int biggest = queues.maxSizeBytes();
        if (wanted > biggest && !parameters.isDefault(OpenibParameters.MAX_SEND_SIZE)) {
            throw new BtlException("biggest qp size is too small: the last queue of btl_openib_receive_queues takes "
                    + biggest + " bytes, btl_openib_max_send_size is " + wanted + " (from "
                    + parameters.origin(OpenibParameters.MAX_SEND_SIZE) + "); raise the one or lower the other");
        }
        if (wanted < biggest) {
            LOG.warn(
                    "biggest qp size is too big: the last queue of btl_openib_receive_queues takes {} bytes,"
                            + " btl_openib_max_send_size is {}; the rest of each buffer is never used",
                    biggest,
                    wanted);
        }
        return Math.min(wanted, biggest);
    }

    private void checkFreeList() {
        int max = parameters.value(OpenibParameters.FREE_LIST_MAX);
        int needed = 0;
        for (ReceiveQueue queue : queues.queues()) {
            needed = Math.max(needed, queue.rdNum() + queue.rdRsv());
        }
        if (max > 0 && max < needed) {
            throw new BtlException("freelist too small: btl_openib_free_list_max is " + max
                    + ", btl_openib_receive_queues needs " + needed);
        }
    }

    ReceiveQueues queues() {
        return queues;
    }

    int maxSendBytes() {
        return maxSendBytes;
    }

    /** For the lanes of a port. */
    LaneShape shape(OpenPort port) {
        int inline = inlineBytes(port.device());
        int hardware = parameters.value(OpenibParameters.MAX_HW_MSG_SIZE);
        long longest = Math.min(PIECE_LIMIT, Math.max(1, port.attributes().maxMessageBytes()));
        LaneShape shape = new LaneShape(
                queues,
                inline < Header.BYTES ? 0 : inline,
                depth(OpenibParameters.QP_OUS_RD_ATOM, port, DeviceLimit.MAX_QP_INIT_RD_ATOM),
                parameters.value(OpenibParameters.BUFFER_ALIGNMENT),
                parameters.value(OpenibParameters.FREE_LIST_INC),
                parameters.value(OpenibParameters.FREE_LIST_MAX),
                parameters.value(OpenibParameters.PENDING_SENDS),
                parameters.value(OpenibParameters.CQ_SIZE),
                parameters.value(OpenibParameters.POLL_CQ_BATCH),
                (int) Math.min(Integer.MAX_VALUE, port.device().attributes().limit(DeviceLimit.MAX_QP_WR)),
                (int) (hardware > 0 ? Math.min(hardware, longest) : longest));
        checkReceives(port, shape);
        checkSlabs(port, shape);
        return shape;
    }

    /** What is asked for is to be had; of the default less is made where it is too much. */
    private void checkSlabs(OpenPort port, LaneShape shape) {
        long longest = Integer.MAX_VALUE;
        if (!parameters.isDefault(OpenibParameters.FREE_LIST_INC)) {
            longest = Math.min(longest, port.device().attributes().limit(DeviceLimit.MAX_MR_BYTES));
        }
        long slab = shape.longestSlab();
        if (slab > longest) {
            throw new VerbsException(
                    "ibv_reg_mr",
                    port.place(),
                    Errno.EINVAL,
                    "btl_openib_free_list_inc: " + shape.poolMin() + " buffers of the longest receive queue are " + slab
                            + " bytes, the device registers " + longest + " at a time; ask for less");
        }
    }

    /** What a device does not announce is asked for, less where it refuses; each entry of a send queue is so much longer. */
    private int inlineBytes(Device device) {
        long announced = device.attributes().limit(DeviceLimit.MAX_INLINE_DATA);
        int wanted = parameters.value(OpenibParameters.MAX_INLINE_DATA);
        if (announced == 0) {
            return wanted < 0 ? MAX_INLINE_OF_HARDWARE : wanted;
        }
        return (int) Math.min(announced, wanted < 0 ? MAX_INLINE : wanted);
    }

    private void checkReceives(OpenPort port, LaneShape shape) {
        for (int i = 0; i < queues.queues().size(); i++) {
            ReceiveQueue queue = queues.queue(i);
            int wanted = shape.receives(i);
            DeviceLimit limit = queue.isShared() ? DeviceLimit.MAX_SRQ_WR : DeviceLimit.MAX_QP_WR;
            long most = port.device().attributes().limit(limit);
            if (queue.isShared() && most == 0) {
                throw new VerbsException(
                        "ibv_create_srq",
                        port.place(),
                        Errno.EOPNOTSUPP,
                        "the device has no shared receive queues, btl_openib_receive_queues has \"" + queue
                                + "\"; give per-peer ones alone, such as P,128,256,192,128:P,2048,64,48,32:P,65536,32,24,16");
            }
            if (wanted > most) {
                throw new VerbsException(
                        queue.isShared() ? "ibv_create_srq" : "ibv_create_qp",
                        port.place(),
                        Errno.EINVAL,
                        "btl_openib_receive_queues: \"" + queue + "\" needs " + wanted
                                + " receives, the device has queues of " + most + "; ask for less");
            }
        }
    }

    /** For the queue pairs of a port. */
    QueuePairSettings settings(OpenPort port) {
        List<Integer> rnrRetries = queues.queues().stream()
                .map(queue -> queue.isShared() ? parameters.value(OpenibParameters.RNR_RETRY) : 0)
                .toList();
        return new QueuePairSettings(
                port.port(),
                pkeyIndex(port),
                gidIndex(port),
                access(port.device()),
                mtu(port),
                parameters.value(OpenibParameters.SERVICE_LEVEL),
                parameters.value(OpenibParameters.TRAFFIC_CLASS),
                parameters.value(OpenibParameters.MIN_RNR_TIMER),
                parameters.value(OpenibParameters.TIMEOUT),
                parameters.value(OpenibParameters.RETRY_COUNT),
                rnrRetries,
                depth(OpenibParameters.QP_OUS_RD_ATOM, port, DeviceLimit.MAX_QP_INIT_RD_ATOM),
                depth(OpenibParameters.MAX_RDMA_DST_OPS, port, DeviceLimit.MAX_QP_RD_ATOM));
    }

    /** Reads and atomics: what is asked for, and no more than the device does, which refuses the move of a queue pair else. */
    private int depth(Parameter<Integer> wanted, OpenPort port, DeviceLimit limit) {
        return (int)
                Math.min(parameters.value(wanted), port.device().attributes().limit(limit));
    }

    /** All that peers may be let do on a device: one without atomics may refuse to be asked for them. */
    static Set<AccessFlag> access(Device device) {
        return device.attributes().atomicCapability() == AtomicCapability.NONE
                ? EnumSet.complementOf(EnumSet.of(AccessFlag.REMOTE_ATOMIC))
                : EnumSet.allOf(AccessFlag.class);
    }

    /**
     * The row of a port's P_Key table that is to be used.
     *
     * @throws VerbsException if there is none
     */
    int pkeyIndex(OpenPort port) {
        return Partitions.rowInUse(port, parameters.value(OpenibParameters.PKEY));
    }

    private int gidIndex(OpenPort port) {
        if (parameters.isDefault(OpenibParameters.GID_INDEX)) {
            return chosenGidIndex(port);
        }
        int row = parameters.value(OpenibParameters.GID_INDEX);
        int rows = port.attributes().gidTableLength();
        if (row >= rows || port.device().queryGid(port.port(), row).gid().equals(Gid.ZERO)) {
            throw new VerbsException(
                    "ibv_query_gid",
                    port.place(),
                    Errno.EINVAL,
                    "gid index too large: btl_openib_gid_index is " + row + ", and row " + row + " of its table of "
                            + rows + " is empty or not there; leave it unset to have one chosen");
        }
        return row;
    }

    private static int chosenGidIndex(OpenPort port) {
        LinkLayer layer = port.attributes().linkLayer();
        Optional<GidEntry> chosen = GidChoice.of(port.device().queryGidTable(port.port()), layer);
        if (chosen.isEmpty() && layer == LinkLayer.ETHERNET) {
            throw new VerbsException(
                    "ibv_query_gid",
                    port.place(),
                    Errno.ENOENT,
                    "its GID table is empty, and on Ethernet every packet names a GID; see to the addresses of its network interface");
        }
        return chosen.map(GidEntry::index).orElse(0);
    }

    /** The row of a port's GID table that is to be used where its GID is gone: the same one if the user has named it, or if there is none. */
    int gidIndexInstead(OpenPort port, List<GidEntry> table, int old) {
        if (!parameters.isDefault(OpenibParameters.GID_INDEX)) {
            return old;
        }
        return GidChoice.of(table, port.attributes().linkLayer())
                .map(GidEntry::index)
                .orElse(old);
    }

    /** What the port does, or less where that is asked for. */
    Mtu mtu(OpenPort port) {
        Mtu active = port.attributes().activeMtu();
        return parameters
                .value(OpenibParameters.MTU)
                .mtu()
                .map(most -> Mtu.min(most, active))
                .orElse(active);
    }
}
