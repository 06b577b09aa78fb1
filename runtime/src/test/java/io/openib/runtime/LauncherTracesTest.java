package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LauncherTracesTest {

    private static final String PORT = "127.0.0.1:4000";
    private static final String OURS = PORT + "/abc";

    static Stream<Map<String, String>> environmentsOfASingleton() {
        return Stream.of(
                Map.of(),
                Map.of("HOME", "/h"),
                Map.of("OMPI_COMM_WORLD_SIZE", "1"),
                Map.of("SLURM_NTASKS", "8"),
                Map.of("SLURM_PROCID", "0", "SLURM_NTASKS", "1"),
                Map.of("SLURM_PROCID", "0"),
                Map.of("PMI_SIZE", "1"),
                Map.of("OPENIB_PMI_TOKEN", OURS));
    }

    @ParameterizedTest
    @MethodSource("environmentsOfASingleton")
    void shouldRunAloneWhereNoLauncherIsSeen(Map<String, String> environment) {
        assertThat(LauncherTraces.of(environment, LauncherChoice.AUTO)).isEmpty();
        assertThatThrownBy(() -> LauncherTraces.of(environment, LauncherChoice.PMI1))
                .hasMessageContaining("neither PMI_PORT nor PMI_FD is set");
    }

    static Stream<Arguments> environmentsOfPmi1() {
        Pmi1Address byId = new Pmi1Address("127.0.0.1", 4000, OptionalInt.of(3), -1, -1, null);
        Pmi1Address ours = new Pmi1Address("127.0.0.1", 4000, OptionalInt.of(3), -1, -1, "abc");
        Pmi1Address byRank = new Pmi1Address("127.0.0.1", 4000, OptionalInt.empty(), 1, 2, null);
        Pmi1Address inherited = Pmi1Address.inherited(7, 1, 4);
        return Stream.of(
                arguments(Map.of("PMI_FD", "7", "PMI_RANK", "1", "PMI_SIZE", "4"), inherited),
                arguments(
                        Map.of(
                                "PMI_FD",
                                "7",
                                "PMI_RANK",
                                "1",
                                "PMI_SIZE",
                                "4",
                                "SLURM_PROCID",
                                "1",
                                "SLURM_NTASKS",
                                "4"),
                        inherited),
                arguments(
                        Map.of(
                                "PMI_PORT",
                                PORT,
                                "PMI_ID",
                                "0",
                                "OPENIB_PMI_TOKEN",
                                OURS,
                                "PMI_FD",
                                "7",
                                "PMI_RANK",
                                "1",
                                "PMI_SIZE",
                                "4"),
                        inherited),
                arguments(Map.of("PMI_PORT", PORT, "PMI_ID", "3"), byId),
                arguments(Map.of("PMI_PORT", PORT, "PMI_ID", "3", "PMI_RANK", "9", "PMI_SIZE", "10"), byId),
                arguments(Map.of("PMI_PORT", PORT, "PMI_ID", "3", "PMI_FD", "5", "PMIX_RANK", "0"), byId),
                arguments(Map.of("PMI_PORT", PORT, "PMI_ID", "3", "SLURM_PROCID", "1", "SLURM_NTASKS", "9"), byId),
                arguments(Map.of("PMI_PORT", PORT, "PMI_RANK", "1", "PMI_SIZE", "2"), byRank),
                arguments(Map.of("PMI_PORT", PORT, "PMI_ID", "3", "OPENIB_PMI_TOKEN", OURS), ours),
                arguments(Map.of("PMI_PORT", PORT, "PMI_ID", "3", "OPENIB_PMI_TOKEN", "127.0.0.1:40001/abc"), byId),
                arguments(
                        Map.of(
                                "PMI_PORT",
                                PORT,
                                "PMI_ID",
                                "3",
                                "OPENIB_PMI_TOKEN",
                                OURS,
                                "SLURM_PROCID",
                                "1",
                                "SLURM_NTASKS",
                                "9",
                                "PMI_RANK",
                                "3",
                                "PMI_SIZE",
                                "4"),
                        ours),
                arguments(
                        Map.of("PMI_PORT", "node7.cluster:65535", "PMI_ID", "0"),
                        new Pmi1Address("node7.cluster", 65535, OptionalInt.of(0), -1, -1, null)));
    }

    @ParameterizedTest
    @MethodSource("environmentsOfPmi1")
    void shouldJoinAtPmiPort(Map<String, String> environment, Pmi1Address expected) {
        assertThat(LauncherTraces.of(environment, LauncherChoice.AUTO)).contains(expected);
        assertThat(LauncherTraces.of(environment, LauncherChoice.PMI1)).contains(expected);
        assertThat(LauncherTraces.of(environment, LauncherChoice.SINGLETON)).isEmpty();
    }

    static Stream<Map<String, String>> environmentsOfPmix() {
        return Stream.of(
                Map.of("PMIX_NAMESPACE", "n", "PMIX_RANK", "0"),
                Map.of(
                        "PMIX_NAMESPACE",
                        "n",
                        "PMIX_RANK",
                        "0",
                        "OMPI_COMM_WORLD_SIZE",
                        "2",
                        "OMPI_COMM_WORLD_RANK",
                        "0"),
                Map.of("PMIX_NAMESPACE", "n", "PMIX_RANK", "0", "SLURM_PROCID", "1", "SLURM_NTASKS", "9"),
                Map.of(
                        "PMIX_NAMESPACE",
                        "n",
                        "PMIX_RANK",
                        "0",
                        "PMI_PORT",
                        PORT,
                        "PMI_ID",
                        "3",
                        "OPENIB_PMI_TOKEN",
                        OURS));
    }

    @ParameterizedTest
    @MethodSource("environmentsOfPmix")
    void shouldJoinByPmix(Map<String, String> environment) {
        PmixAddress expected = new PmixAddress("n", "0");
        assertThat(LauncherTraces.of(environment, LauncherChoice.AUTO)).contains(expected);
        assertThat(LauncherTraces.of(environment, LauncherChoice.PMIX)).contains(expected);
        assertThat(LauncherTraces.of(environment, LauncherChoice.SINGLETON)).isEmpty();
    }

    @Test
    void shouldJoinByPmixIfAskedToBesideWhateverElse() {
        Map<String, String> environment =
                Map.of("PMIX_NAMESPACE", "n", "PMIX_RANK", "0", "PMI_PORT", PORT, "PMI_ID", "3");
        assertThat(LauncherTraces.of(environment, LauncherChoice.AUTO)).containsInstanceOf(Pmi1Address.class);
        assertThat(LauncherTraces.of(environment, LauncherChoice.PMIX)).contains(new PmixAddress("n", "0"));
        assertThatThrownBy(() -> LauncherTraces.of(Map.of("PMIX_RANK", "0"), LauncherChoice.PMIX))
                .hasMessageContaining("PMIX_NAMESPACE and PMIX_RANK are not both set");
    }

    static Stream<Arguments> unreachableLaunchers() {
        return Stream.of(
                arguments(Map.of("PMIX_RANK", "0"), "PMIX_RANK=0"),
                arguments(Map.of("PMIX_NAMESPACE", "n"), "PMIX_NAMESPACE=n"),
                arguments(Map.of("OMPI_COMM_WORLD_SIZE", "2"), "OMPI_COMM_WORLD_SIZE=2"),
                arguments(Map.of("SLURM_PROCID", "0", "SLURM_NTASKS", "2"), "SLURM_NTASKS=2, SLURM_PROCID=0"),
                arguments(Map.of("PMI_RANK", "0"), "PMI_RANK=0"),
                arguments(Map.of("PMI_ID", "0"), "PMI_ID=0"),
                arguments(Map.of("PMI_SIZE", "many"), "PMI_SIZE=many"),
                arguments(
                        Map.of("PMI_PORT", PORT, "PMI_ID", "0", "OPENIB_PMI_TOKEN", OURS, "PMIX_RANK", "1"),
                        "within ./openib run"));
    }

    @ParameterizedTest
    @MethodSource("unreachableLaunchers")
    void shouldStopWhereALauncherCannotBeJoined(Map<String, String> environment, String told) {
        assertThatThrownBy(() -> LauncherTraces.of(environment, LauncherChoice.AUTO))
                .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                        .isEqualTo(RuntimeFailure.UNSUPPORTED_LAUNCHER))
                .hasMessageContaining(told)
                .hasMessageContaining("mpiexec.hydra")
                .hasMessageContaining("runtime_launcher")
                .message()
                .doesNotContain("\n");
        assertThat(LauncherTraces.of(environment, LauncherChoice.SINGLETON)).isEmpty();
    }

    static Stream<Arguments> malformedEnvironments() {
        return Stream.of(
                arguments(Map.of("PMI_PORT", "", "PMI_ID", "0"), "PMI_PORT="),
                arguments(Map.of("PMI_PORT", "host", "PMI_ID", "0"), "PMI_PORT=host is not host:port"),
                arguments(Map.of("PMI_PORT", ":80", "PMI_ID", "0"), "PMI_PORT=:80"),
                arguments(Map.of("PMI_PORT", "h:0", "PMI_ID", "0"), "PMI_PORT=h:0"),
                arguments(Map.of("PMI_PORT", "h:65536", "PMI_ID", "0"), "PMI_PORT=h:65536"),
                arguments(Map.of("PMI_PORT", "h:-1", "PMI_ID", "0"), "PMI_PORT=h:-1"),
                arguments(Map.of("PMI_PORT", PORT), "PMI_ID"),
                arguments(Map.of("PMI_FD", "7"), "PMI_FD=7 comes without"),
                arguments(Map.of("PMI_FD", "7", "PMI_RANK", "0"), "PMI_SIZE"),
                arguments(Map.of("PMI_FD", "x", "PMI_RANK", "0", "PMI_SIZE", "2"), "PMI_FD=x"),
                arguments(Map.of("PMI_PORT", PORT, "PMI_RANK", "0"), "PMI_SIZE"),
                arguments(Map.of("PMI_PORT", PORT, "PMI_ID", "one"), "PMI_ID=one"),
                arguments(Map.of("PMI_PORT", PORT, "PMI_ID", "-1"), "PMI_ID=-1"));
    }

    @ParameterizedTest
    @MethodSource("malformedEnvironments")
    void shouldStopWhereTheEnvironmentIsMalformed(Map<String, String> environment, String told) {
        assertThatThrownBy(() -> LauncherTraces.of(environment, LauncherChoice.AUTO))
                .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                        .isEqualTo(RuntimeFailure.BAD_ENVIRONMENT))
                .hasMessageContaining(told);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"})
    void shouldStopOnAMalformedSecretWithoutRepeatingIt(String secret) {
        Map<String, String> environment = Map.of("OPENIB_JOB_SECRET", secret);
        assertThatThrownBy(() -> Launchers.open(environment, Ranks.parameters()))
                .isInstanceOf(OpenibRuntimeException.class)
                .hasMessageContaining("OPENIB_JOB_SECRET")
                .hasMessageContaining(secret.length() + " characters")
                .message()
                .doesNotContain("zz11");
    }

    @Test
    void shouldTakeTheSecretsThatItMakes() {
        Map<String, String> environment = Map.of(JobEnvironment.SECRET, JobEnvironment.newSecret());
        try (JobRuntime one = Launchers.open(environment, Ranks.parameters());
                JobRuntime other =
                        Launchers.open(Map.of(JobEnvironment.SECRET, JobEnvironment.newSecret()), Ranks.parameters())) {
            assertThat(one.jobSecret())
                    .hasValueSatisfying(secret -> assertThat(secret).hasSize(32));
            assertThat(one.jobSecret().orElseThrow())
                    .isNotEqualTo(other.jobSecret().orElseThrow());
        }
    }

    @Test
    void shouldBeAWholeJobAlone() {
        Map<String, String> environment = Map.of("OPENIB_JOB_SECRET", "0f".repeat(32));
        try (JobRuntime runtime = Launchers.open(environment, Ranks.parameters())) {
            assertThat(runtime.size()).isEqualTo(1);
            assertThat(runtime.rank()).isZero();
            assertThat(runtime.jobSecret())
                    .hasValueSatisfying(secret -> assertThat(secret).hasSize(32).containsOnly(15));
            runtime.put("k", new byte[] {7});
            runtime.fence(1);
            assertThat(runtime.get(0, "k")).contains(new byte[] {7});
            assertThat(runtime.get(0, "other")).isEmpty();
            assertThatThrownBy(() -> runtime.put("k", new byte[0])).hasMessageContaining("a rank can put a key once");
            assertThat(runtime.locality().isEveryRankHere()).isTrue();
        }
    }
}
