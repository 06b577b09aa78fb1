package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.ComponentLoader;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.mca.NameWithoutEffect;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterTable;
import io.openib.mca.WithoutEffect;
import io.openib.wireup.WireupParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Open MPI's users may have set for its component of this name is taken, and told of where it changes nothing. */
@Timeout(60)
class OpenMpiNamesTest {
    /** Every name of 4.1, with former ones, and those that only earlier releases had; CUDA builds have a few more. */
    private static final String OPEN_MPI =
            """
            verbose warn_no_device_params_found warn_no_hca_params_found warn_default_gid_prefix warn_nonexistent_if
            abort_not_enough_reg_mem poll_cq_batch device_param_files hca_param_files device_type allow_ib max_btls
            free_list_num free_list_max free_list_inc mpool_hints rcache reg_mru_len cq_size max_inline_data pkey psn ib_psn
            ib_qp_ous_rd_atom mtu ib_min_rnr_timer ib_timeout ib_retry_count ib_rnr_retry ib_max_rdma_dst_ops ib_service_level
            ib_path_record_service_level use_eager_rdma eager_rdma_threshold max_eager_rdma eager_rdma_num btls_per_lid max_lmc
            enable_apm_over_lmc enable_apm_over_ports use_async_event_thread enable_srq_resize rroce_enable buffer_alignment
            use_message_coalescing cq_poll_ratio eager_rdma_poll_ratio hp_cq_poll_per_progress max_hw_msg_size
            allow_max_memory_registration memory_registration_verbose ignore_locality have_fork_support cuda_async_send
            cuda_async_recv want_cuda_gdr have_cuda_gdr have_driver_gdr receive_queues if_include if_exclude ipaddr_include
            ipaddr_exclude gid_index allow_different_subnets cpc_include cpc_exclude connect_rdmacm_priority connect_rdmacm_port
            connect_rdmacm_resolve_timeout connect_rdmacm_retry_count connect_rdmacm_reject_causes_connect_error
            connect_udcm_priority connect_udcm_recv_count connect_udcm_timeout connect_udcm_max_retry bandwidth latency
            bandwidth_mlx5_0 bandwidth_mlx5_0:1 bandwidth_mlx5_0:1:3 latency_mlx5_0:1 exclusivity flags atomic_flags eager_limit
            rndv_eager_limit max_send_size rdma_pipeline_send_length rdma_pipeline_frag_size min_rdma_pipeline_size get_limit
            get_alignment put_limit put_alignment connect_oob_priority connect_xoob_priority connect_ibcm_priority
            connect_ibcm_gid_index want_fork_support mpool verbose_failover port_error_failover failover_enabled memalign
            memalign_threshold ib_sg_list_size ib_pkey_ix ib_static_rate rd_num rd_low rd_win use_srq srq_rd_max srq_rd_per_peer
            srq_sd_max min_send_size min_rdma_size max_rdma_size
            """;

    private final OpenibComponent component = new OpenibComponent();
    private final Set<String> declared = new HashSet<>();

    OpenMpiNamesTest() {
        component.discover(ComponentLoader.create(List.of(), ComponentLoader.SPI_PACKAGES));
        for (Parameter<?> parameter : component.parameters()) {
            declared.add(parameter.name());
            declared.addAll(parameter.synonyms());
            declared.addAll(parameter.deprecatedSynonyms());
        }
    }

    private McaParameters environment(String... names) {
        return environmentOf("no number", names);
    }

    private McaParameters environmentOf(String value, String... names) {
        Map<String, String> variables = new TreeMap<>();
        for (String name : names) {
            variables.put("OMPI_MCA_btl_openib_" + name, value);
        }
        return McaParameters.builder().declare(component).environment(variables).resolve();
    }

    @Test
    void shouldKnowEveryNameThatOpenMpiHas() {
        String[] others = OPEN_MPI.lines()
                .flatMap(line -> List.of(line.split(" ")).stream())
                .filter(name -> !declared.contains("btl_openib_" + name))
                .toArray(String[]::new);
        assertThat(others).hasSizeGreaterThan(60).contains("verbose", "use_eager_rdma", "latency_mlx5_0:1");
        assertThat(environment(others).withoutEffect())
                .extracting(WithoutEffect::name)
                .containsExactlyInAnyOrderElementsOf(List.of(others).stream()
                        .map(name -> "btl_openib_" + name)
                        .toList());
    }

    @Test
    void shouldNotListANameThatIsAParameterOrListedAlready() {
        assertThat(component.namesWithoutEffect())
                .extracting(NameWithoutEffect::name)
                .doesNotContainAnyElementsOf(declared)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.startsWith("btl_openib_"));
    }

    @Test
    void shouldAllowInfiniBandWithoutAWord() {
        McaParameters parameters = environmentOf("1", "allow_ib", "rroce_enable");
        assertThat(parameters.withoutEffect()).hasSize(2);
        assertThat(parameters.warnings()).singleElement().asString().contains("btl_openib_rroce_enable");
        assertThat(environmentOf("0", "allow_ib").warnings()).hasSize(1);
    }

    @Test
    void shouldBeQuietForWhoWantsQuiet() {
        assertThat(environmentOf("0", "verbose", "warn_no_device_params_found").warnings())
                .isEmpty();
        assertThat(environmentOf("1", "verbose", "warn_no_device_params_found").warnings())
                .hasSize(2);
    }

    @Test
    void shouldLeaveToOpenMpiAWireupThatIsNotHere(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("params.conf"), "btl_openib_cpc_include = udcm,xoob");
        McaParameters parameters =
                McaParameters.builder().declare(component).file(file).resolve();
        assertThat(parameters.isDefault(WireupParameters.CPC)).isTrue();
        assertThat(parameters.notes()).singleElement().asString().contains("\"btl_openib_cpc_include\"", "udcm,xoob");
    }

    @Test
    void shouldStillRefuseAMisspeltName() {
        assertThatThrownBy(() -> environment("if_inclued"))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("did you mean \"btl_openib_if_include\"?");
        assertThatThrownBy(() -> environment("alow_ib"))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("unknown parameter \"btl_openib_alow_ib\"")
                .hasMessageNotContaining("allow_ib");
    }

    @Test
    void shouldTellOnceAHostWhatHasNoEffect() {
        String log = EventsTest.errorOutput(
                () -> new Ranks(2, "btl_openib_use_eager_rdma", "1", "btl_openib_allow_ib", "1").close());
        assertThat(log.lines().filter(line -> line.contains("has no effect here")))
                .singleElement()
                .asString()
                .contains(
                        "WARN",
                        "parameter \"btl_openib_use_eager_rdma\" (API) has no effect here: there is no eager RDMA");
    }

    @Test
    void shouldListThemInTheDocumentation() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("openib.basedir"), "docs", "parameters.md"));
        String table = ParameterTable.markdownWithoutEffect(component.namesWithoutEffect());
        assertThat(page)
                .contains("<!-- names without effect: begin -->\n" + table + "<!-- names without effect: end -->\n");
    }
}
