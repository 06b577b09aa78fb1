package io.openib.btl.openib;

import io.openib.btl.openib.wire.ReceiveQueues;
import io.openib.btl.openib.wire.ReceiveQueuesParser;
import io.openib.mca.Level;
import io.openib.mca.NameWithoutEffect;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterDeclarations;
import io.openib.verbs.GidChoice;
import java.util.List;

/** The transport's own parameters. Names, ranges and defaults are Open MPI's where it has them. */
public final class OpenibParameters implements ParameterDeclarations {
    static final Parameter<String> RECEIVE_QUEUES = Parameter.string("btl_openib_receive_queues")
            .defaultValue(ReceiveQueues.DEFAULT)
            .check(ReceiveQueuesParser::problem)
            .level(Level.DEV_ALL)
            .help(
                    "Receive queues by growing size, with colons between: P,size,rd_num,rd_low,rd_win,rd_rsv for one of each"
                            + " peer, S,size,rd_num,rd_low,sd_max,rd_init,srq_limit for one that peers share.")
            .build();
    static final Parameter<Long> MAX_SEND_SIZE = Parameter.size("btl_openib_max_send_size")
            .range(1L, 1L << 24)
            .unit("bytes")
            .defaultValue(65536L)
            .level(Level.TUNER_BASIC)
            .help("The longest active message.")
            .build();
    static final Parameter<Integer> POLL_CQ_BATCH = Parameter.integer("btl_openib_poll_cq_batch")
            .range(1, 256)
            .defaultValue(256)
            .help("Completions taken from a completion queue at a time.")
            .build();
    static final Parameter<Integer> CQ_SIZE = Parameter.integer("btl_openib_cq_size")
            .range(1, 1 << 24)
            .defaultValue(8192)
            .deprecatedSynonym("btl_openib_ib_cq_size")
            .help("The least number of entries of a completion queue; it gets more as there are more connections.")
            .build();
    static final Parameter<Integer> MAX_INLINE_DATA = Parameter.integer("btl_openib_max_inline_data")
            .range(-1, 1 << 16)
            .unit("bytes")
            .defaultValue(-1)
            .deprecatedSynonym("btl_openib_ib_max_inline_data")
            .help("Bytes that a message may have, its header of 8 included, to be sent inline; -1 for what the device"
                    + " offers, up to 512, or 188 where it does not tell.")
            .build();
    static final Parameter<Integer> PKEY = Parameter.integer("btl_openib_pkey")
            .range(0, 0xffff)
            .defaultValue(0)
            .deprecatedSynonym("btl_openib_ib_pkey_val")
            .help(
                    "The partition key, of which 15 bits count; a port that does not have it is not used. 0 takes the first partition of the port if it is a full member of that, else the first that it is a full member of.")
            .build();
    static final Parameter<Integer> QP_OUS_RD_ATOM = Parameter.integer("btl_openib_ib_qp_ous_rd_atom")
            .range(1, 255)
            .defaultValue(4)
            .help("Reads and atomics under way to one peer at a time.")
            .build();
    static final Parameter<PathMtu> MTU = Parameter.enumeration("btl_openib_mtu", PathMtu.class)
            .defaultValue(PathMtu.UNSET)
            .deprecatedSynonym("btl_openib_ib_mtu")
            .help(
                    "The path MTU at most; unset for what both ports do. Where some link between them does less, set that.")
            .build();
    static final Parameter<Integer> MIN_RNR_TIMER = Parameter.integer("btl_openib_ib_min_rnr_timer")
            .range(0, 31)
            .defaultValue(12)
            .help("What a peer waits when no receive is posted, as InfiniBand's code: 12 is 0.64 ms; 25, 61 ms, is Open"
                    + " MPI's.")
            .build();
    static final Parameter<Integer> TIMEOUT = Parameter.integer("btl_openib_ib_timeout")
            .range(0, 31)
            .defaultValue(20)
            .help("How long to wait for an acknowledgement: 4.096 us times two to this power.")
            .build();
    static final Parameter<Integer> RETRY_COUNT = Parameter.integer("btl_openib_ib_retry_count")
            .range(0, 7)
            .defaultValue(7)
            .help("How often to send again what is not acknowledged.")
            .build();
    static final Parameter<Integer> RNR_RETRY = Parameter.integer("btl_openib_ib_rnr_retry")
            .range(0, 7)
            .defaultValue(7)
            .help("How often to send again when a shared queue of the peer has no receive; 7 is for ever.")
            .build();
    static final Parameter<Integer> MAX_RDMA_DST_OPS = Parameter.integer("btl_openib_ib_max_rdma_dst_ops")
            .range(1, 255)
            .defaultValue(4)
            .help("Reads and atomics of one peer that are answered at a time.")
            .build();
    static final Parameter<Integer> SERVICE_LEVEL = Parameter.integer("btl_openib_ib_service_level")
            .range(0, 15)
            .defaultValue(0)
            .help("The InfiniBand service level.")
            .build();
    static final Parameter<Integer> TRAFFIC_CLASS = Parameter.integer("btl_openib_ib_traffic_class")
            .range(0, 255)
            .defaultValue(0)
            .level(Level.TUNER_BASIC)
            .help(
                    "The traffic class of what goes by a global route; on RoCE v2 its upper six bits are the DSCP, which switches"
                            + " choose a lossless queue by. With 0, RDMA CM's paths keep theirs.")
            .build();
    static final Parameter<Integer> BUFFER_ALIGNMENT = Parameter.integer("btl_openib_buffer_alignment")
            .range(2, 1 << 16)
            .check(value -> Integer.bitCount(value) == 1 ? null : "is not a power of two")
            .unit("bytes")
            .defaultValue(64)
            .help("Alignment of message buffers.")
            .build();
    static final Parameter<Integer> MAX_HW_MSG_SIZE = Parameter.integer("btl_openib_max_hw_msg_size")
            .range(0, 1 << 30)
            .unit("bytes")
            .defaultValue(0)
            .help("The longest single write or read; longer ones go in pieces. 0 for what the port takes.")
            .build();
    static final Parameter<Integer> FREE_LIST_MAX = Parameter.integer("btl_openib_free_list_max")
            .range(-1, 1 << 24)
            .defaultValue(-1)
            .help("Buffers for sends per queue at most; -1 for as many as make 16 MiB.")
            .build();
    static final Parameter<Integer> FREE_LIST_INC = Parameter.integer("btl_openib_free_list_inc")
            .range(1, 1 << 16)
            .defaultValue(32)
            .help("Buffers for sends added at a time.")
            .build();
    static final Parameter<Integer> MAX_BTLS = Parameter.integer("btl_openib_max_btls")
            .range(-1, 255)
            .check(value -> value == 0 ? "would leave no port; -1 uses all" : null)
            .defaultValue(-1)
            .help("Ports used at most; -1 for all.")
            .build();
    static final Parameter<List<String>> IF_INCLUDE = Parameter.list("btl_openib_if_include")
            .defaultValue(List.of())
            .excludes("btl_openib_if_exclude")
            .help("Devices, or device:port, to use, as many of them as are there; none means all.")
            .build();
    static final Parameter<List<String>> IF_EXCLUDE = Parameter.list("btl_openib_if_exclude")
            .defaultValue(List.of())
            .help("Devices, or device:port, not to use.")
            .build();
    static final Parameter<Boolean> WARN_NONEXISTENT_IF = Parameter.bool("btl_openib_warn_nonexistent_if")
            .defaultValue(true)
            .help("Whether one rank of each host warns of names in btl_openib_if_include and btl_openib_if_exclude that"
                    + " no device or port has.")
            .build();
    static final Parameter<Integer> GID_INDEX = Parameter.integer("btl_openib_gid_index")
            .range(0, GidChoice.LAST_ROW)
            .defaultValue(0)
            .help("The row of the port's GID table that is used. Unset: on Ethernet one of RoCE v2, IPv4 before IPv6,"
                    + " link-local last.")
            .build();
    static final Parameter<Boolean> IGNORE_LOCALITY = Parameter.bool("btl_openib_ignore_locality")
            .defaultValue(false)
            .help("Whether ports far from the processors that a rank is bound to are as good as near ones.")
            .build();
    static final Parameter<Boolean> WARN_DEFAULT_GID_PREFIX = Parameter.bool("btl_openib_warn_default_gid_prefix")
            .defaultValue(true)
            .help("Whether to warn where several InfiniBand ports have the default subnet prefix, which does not tell"
                    + " separate fabrics apart.")
            .build();
    static final Parameter<Double> KEEPALIVE = Parameter.decimal("btl_openib_keepalive")
            .range(0.0, 86_400.0)
            .unit("s")
            .defaultValue(5.0)
            .level(Level.TUNER_BASIC)
            .help("A peer that was silent for so long is probed; 0 probes none.")
            .build();
    static final Parameter<Integer> PENDING_SENDS = Parameter.integer("btl_openib_pending_sends")
            .range(1, 1 << 16)
            .defaultValue(256)
            .level(Level.TUNER_BASIC)
            .help(
                    "Sends that wait for a connection, credits or a slot, per peer; one more gets BACK_PRESSURE. As many calls"
                            + " wait until the launcher has told how the peer is reached.")
            .build();
    static final Parameter<Integer> THREAD_QUEUE = Parameter.integer("btl_openib_thread_queue")
            .range(2, 1 << 16)
            .defaultValue(256)
            .level(Level.TUNER_BASIC)
            .help(
                    "Calls of threads other than the owner that wait for it, besides one to each peer. Those to one peer may"
                            + " be as many as are left; one more gets BACK_PRESSURE.")
            .build();
    static final Parameter<Integer> RECONNECTS = Parameter.integer("btl_openib_reconnects")
            .range(-1, 1000)
            .defaultValue(3)
            .level(Level.TUNER_BASIC)
            .help(
                    "How often in a row a send may try to connect again to a peer whose connection failed; each way to it is tried once; -1: without end.")
            .build();
    static final Parameter<Integer> DRAIN_TIMEOUT_MS = Parameter.integer("btl_openib_drain_timeout")
            .range(1, 600_000)
            .unit("ms")
            .defaultValue(1000)
            .level(Level.TUNER_DETAIL)
            .help("How long to wait for the last completions of a connection that is taken down.")
            .build();
    static final Parameter<Integer> CLOSE_TIMEOUT_MS = Parameter.integer("btl_openib_close_timeout")
            .range(1, 600_000)
            .unit("ms")
            .defaultValue(5000)
            .level(Level.TUNER_BASIC)
            .help("How long closing waits for what was accepted to complete.")
            .build();
    static final Parameter<Integer> FENCE_TIMEOUT_MS = Parameter.integer("btl_openib_fence_timeout")
            .range(1, 3_600_000)
            .unit("ms")
            .defaultValue(60_000)
            .level(Level.TUNER_BASIC)
            .help("How long opening waits for all ranks to come so far.")
            .build();

    /** Creates the declarations; there is nothing in them but the constants. */
    public OpenibParameters() {}

    @Override
    public List<Parameter<?>> parameters() {
        return List.of(
                RECEIVE_QUEUES,
                MAX_SEND_SIZE,
                POLL_CQ_BATCH,
                CQ_SIZE,
                MAX_INLINE_DATA,
                PKEY,
                QP_OUS_RD_ATOM,
                MTU,
                MIN_RNR_TIMER,
                TIMEOUT,
                RETRY_COUNT,
                RNR_RETRY,
                MAX_RDMA_DST_OPS,
                SERVICE_LEVEL,
                TRAFFIC_CLASS,
                BUFFER_ALIGNMENT,
                MAX_HW_MSG_SIZE,
                FREE_LIST_MAX,
                FREE_LIST_INC,
                MAX_BTLS,
                IF_INCLUDE,
                IF_EXCLUDE,
                WARN_NONEXISTENT_IF,
                GID_INDEX,
                IGNORE_LOCALITY,
                WARN_DEFAULT_GID_PREFIX,
                KEEPALIVE,
                PENDING_SENDS,
                THREAD_QUEUE,
                RECONNECTS,
                DRAIN_TIMEOUT_MS,
                CLOSE_TIMEOUT_MS,
                FENCE_TIMEOUT_MS);
    }

    @Override
    public List<NameWithoutEffect> namesWithoutEffect() {
        return OpenMpiNames.WITHOUT_EFFECT;
    }
}
