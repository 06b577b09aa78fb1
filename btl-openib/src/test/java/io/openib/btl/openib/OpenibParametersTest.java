package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.openib.loop.LoopFabric;
import io.openib.mca.McaException;
import io.openib.mca.Parameter;
import io.openib.verbs.VerbsProvider;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names, types, defaults, limits and former names against those of Open MPI 4.1. */
@Timeout(30)
class OpenibParametersTest {
    private final Map<String, Parameter<?>> parameters = new TreeMap<>();

    OpenibParametersTest() {
        new OpenibParameters().parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            nullValues = "-",
            value = {
                "max_send_size; size; 65536; 1..16777216; -; 4",
                "poll_cq_batch; int; 256; 1..256; -; 9",
                "cq_size; int; 8192; 1..16777216; ib_cq_size; 9",
                "max_inline_data; int; -1; -1..65536; ib_max_inline_data; 9",
                "pkey; int; 0; 0..65535; ib_pkey_val; 9",
                "ib_qp_ous_rd_atom; int; 4; 1..255; -; 9",
                "mtu; enum; 0; -; ib_mtu; 9",
                "ib_timeout; int; 20; 0..31; -; 9",
                "ib_retry_count; int; 7; 0..7; -; 9",
                "ib_rnr_retry; int; 7; 0..7; -; 9",
                "ib_max_rdma_dst_ops; int; 4; 1..255; -; 9",
                "ib_service_level; int; 0; 0..15; -; 9",
                "buffer_alignment; int; 64; 2..65536; -; 9",
                "max_hw_msg_size; int; 0; 0..1073741824; -; 9",
                "free_list_max; int; -1; -1..16777216; -; 9",
                "free_list_inc; int; 32; 1..65536; -; 9",
                "max_btls; int; -1; -1..255; -; 9",
                "gid_index; int; 0; 0..255; -; 9",
                "warn_nonexistent_if; bool; true; -; -; 9",
                "warn_default_gid_prefix; bool; true; -; -; 9"
            })
    void shouldBeOpenMpis(
            String name, String type, String value, @Nullable String range, @Nullable String former, int level) {
        assertThat(parameters).containsKey("btl_openib_" + name);
        Parameter<?> parameter = Objects.requireNonNull(parameters.get("btl_openib_" + name));
        assertThat(parameter.typeName()).isEqualTo(type);
        assertThat(defaultText(parameter)).isEqualTo(value);
        assertThat(parameter.range().orElse(null)).isEqualTo(range);
        assertThat(parameter.level().number()).isEqualTo(level);
        if (former == null) {
            assertThat(parameter.deprecatedSynonyms()).isEmpty();
        } else {
            assertThat(parameter.deprecatedSynonyms()).containsExactly("btl_openib_" + former);
        }
    }

    /** Open MPI's 25 has a stream over a shared queue stand still for 61 ms whenever its receiver falls behind. */
    @Test
    void shouldWaitForAReceiveMuchShorterThanOpenMpi() {
        Parameter<?> timer = Objects.requireNonNull(parameters.get("btl_openib_ib_min_rnr_timer"));
        assertThat(defaultText(timer)).isEqualTo("12");
        assertThat(timer.range()).hasValue("0..31");
    }

    @Test
    void shouldSelectProvidersByTheirNames() {
        LoopFabric hard = new LoopFabric("hard", VerbsProvider.HARDWARE);
        LoopFabric soft = new LoopFabric("soft", VerbsProvider.SOFTWARE);
        assertThat(selected("soft", hard, soft)).containsExactly(soft);
        assertThat(selected("^soft", hard, soft)).containsExactly(hard);
        assertThat(selected("auto", hard, soft)).containsExactly(hard, soft);
        assertThatThrownBy(() -> selected("sofd", hard, soft))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("no provider of devices is called \"sofd\"")
                .hasMessageContaining("there is hard, soft")
                .hasMessageContaining("did you mean \"soft\"?");
    }

    private static List<VerbsProvider> selected(String value, VerbsProvider... providers) {
        return VerbsParameters.select(List.of(providers), Ranks.parameters(Map.of("verbs_provider", value)));
    }

    @Test
    void shouldBeNamedAfterTheComponentAndDeclaredOnce() {
        assertThat(parameters.keySet()).allMatch(name -> name.startsWith("btl_openib_"));
        assertThat(parameters).hasSameSizeAs(new OpenibParameters().parameters());
    }

    private static <T> String defaultText(Parameter<T> parameter) {
        return parameter.format(parameter.defaultValue());
    }
}
