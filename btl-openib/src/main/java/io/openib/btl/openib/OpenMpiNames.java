package io.openib.btl.openib;

import io.openib.mca.NameWithoutEffect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The names of Open MPI's own component of this name, 1.2 to 4.1, that are no parameters here: clusters set them for Open MPI's
 * sake. Former names of parameters that are declared here are not among them.
 */
final class OpenMpiNames {
    private static final String PREFIX = "btl_openib_";

    static final List<NameWithoutEffect> WITHOUT_EFFECT = all();

    private OpenMpiNames() {}

    private static List<NameWithoutEffect> all() {
        List<NameWithoutEffect> all = new ArrayList<>();
        all.add(NameWithoutEffect.of(PREFIX + "allow_ib", "InfiniBand ports are used as any others are")
                .whichIs(true));
        addQuiet(all, "what is logged is for slf4j to choose", "verbose memory_registration_verbose verbose_failover");
        String noTable = "there is no table of adapters; a device tells what it can do";
        add(all, noTable, "device_param_files hca_param_files");
        addQuiet(all, noTable, "warn_no_device_params_found warn_no_hca_params_found");
        add(
                all,
                "memory that a device does not register is an error where it is asked for",
                "abort_not_enough_reg_mem allow_max_memory_registration");
        add(
                all,
                "ports are chosen by btl_openib_if_include and btl_openib_if_exclude alone",
                "device_type ipaddr_include ipaddr_exclude");
        add(all, "which ports reach each other follows from their addresses", "allow_different_subnets rroce_enable");
        add(all, "ports are compared by the speed that they tell", "bandwidth bandwidth_* latency latency_*");
        add(
                all,
                "a port is one way to a peer, and where it fails the next port is taken",
                "btls_per_lid max_lmc enable_apm_over_lmc enable_apm_over_ports failover_enabled port_error_failover");
        add(all, "asynchronous events are always heard", "use_async_event_thread");
        add(
                all,
                "btl_openib_receive_queues says all of it",
                "enable_srq_resize use_srq srq_rd_max srq_rd_per_peer srq_sd_max rd_num rd_low rd_win");
        add(
                all,
                "there is no eager RDMA",
                "use_eager_rdma eager_rdma_threshold max_eager_rdma eager_rdma_num eager_rdma_poll_ratio");
        add(all, "each message is one send", "use_message_coalescing");
        add(all, "how often progress() looks at what is not to be tuned", "cq_poll_ratio hp_cq_poll_per_progress");
        add(all, "buffers are made as they are needed, btl_openib_free_list_inc at a time", "free_list_num");
        add(
                all,
                "a program allocates or registers memory itself, and keeps it as long as it likes",
                "mpool mpool_hints rcache reg_mru_len memalign memalign_threshold");
        add(
                all,
                "what goes as a message, a put or a get is for the program to choose",
                "exclusivity flags atomic_flags eager_limit rndv_eager_limit rdma_pipeline_send_length"
                        + " rdma_pipeline_frag_size min_rdma_pipeline_size get_limit get_alignment put_limit put_alignment"
                        + " min_send_size min_rdma_size max_rdma_size");
        add(all, "packet sequence numbers are drawn at random", "psn ib_psn");
        add(all, "btl_openib_ib_service_level says it", "ib_path_record_service_level");
        add(all, "btl_openib_pkey says it", "ib_pkey_ix");
        add(all, "it is what the transport and the device need", "ib_sg_list_size ib_static_rate");
        add(all, "a process must not fork without exec while devices are open", "have_fork_support want_fork_support");
        add(
                all,
                "memory of graphics processors is not supported",
                "cuda_async_send cuda_async_recv want_cuda_gdr have_cuda_gdr have_driver_gdr cuda_eager_limit"
                        + " cuda_rdma_limit cuda_max_send_size");
        add(
                all,
                "there is no such wireup here; btl_openib_cpc chooses one",
                "connect_udcm_priority connect_udcm_recv_count connect_udcm_timeout connect_udcm_max_retry"
                        + " connect_xoob_priority connect_ibcm_priority connect_ibcm_gid_index");
        add(
                all,
                "a rejected connection is retried or fails as the reason has it",
                "connect_rdmacm_reject_causes_connect_error");
        return List.copyOf(all);
    }

    private static void add(List<NameWithoutEffect> all, String why, String names) {
        of(why, names).forEach(all::add);
    }

    /** Of words that nobody says here anyway. */
    private static void addQuiet(List<NameWithoutEffect> all, String why, String names) {
        of(why, names).map(name -> name.whichIs(false)).forEach(all::add);
    }

    private static Stream<NameWithoutEffect> of(String why, String names) {
        return Arrays.stream(names.split(" ")).map(name -> NameWithoutEffect.of(PREFIX + name, why));
    }
}
