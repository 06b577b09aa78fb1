package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class McaParametersTest {
    private static final Parameter<Integer> MTU = Parameter.integer("btl_openib_mtu")
            .range(256, 4096)
            .unit("bytes")
            .defaultValue(1024)
            .synonym("btl_openib_path_mtu")
            .deprecatedSynonym("btl_openib_ib_mtu")
            .help("The path MTU.")
            .build();
    private static final Parameter<List<String>> IF_INCLUDE = Parameter.list("btl_openib_if_include")
            .defaultValue(List.of())
            .excludes("btl_openib_if_exclude")
            .help("Devices to use.")
            .build();
    private static final Parameter<List<String>> IF_EXCLUDE = Parameter.list("btl_openib_if_exclude")
            .defaultValue(List.of())
            .excludes("btl_openib_if_include")
            .help("Devices not to use.")
            .build();
    private static final Parameter<Optional<String>> SHM_DIR = Parameter.string("soft_shm_dir")
            .help("Where shared files go.")
            .optional()
            .build();
    private static final Parameter<String> SECRET = Parameter.string("openib_job_secret")
            .defaultValue("")
            .check(value -> value.length() > 8 ? "is too long" : null)
            .secret()
            .help("The job's secret.")
            .build();
    private static final List<Parameter<?>> ALL = List.of(MTU, IF_INCLUDE, IF_EXCLUDE, SHM_DIR, SECRET);

    private final Path directory;

    McaParametersTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private McaParameters.Builder builder() {
        return McaParameters.builder().declare(ALL);
    }

    private Path write(String name, String... lines) {
        try {
            return Files.write(directory.resolve(name), List.of(lines));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Problem> problemsOf(McaParameters.Builder builder) {
        McaException e = catchThrowableOfType(McaException.class, builder::resolve);
        assertThat(e).as("problems").isNotNull();
        return e.problems();
    }

    private static Problem onlyProblemOf(McaParameters.Builder builder) {
        List<Problem> problems = problemsOf(builder);
        assertThat(problems).hasSize(1);
        return problems.get(0);
    }

    /** A source each, strongest first; number n sets the MTU to 301 + n. */
    private List<Consumer<McaParameters.Builder>> sources() {
        Path override = write("override.conf", "btl_openib_mtu = 301");
        Path first = write("first.conf", "btl_openib_mtu = 305");
        Path second = write("second.conf", "btl_openib_mtu = 306");
        Config hocon = ConfigFactory.parseString("openib.mca.btl_openib_mtu=307");
        return List.of(
                builder -> builder.overrideFile(override),
                builder -> builder.api(Map.of("btl_openib_mtu", "302")),
                builder -> builder.commandLine(Map.of("btl_openib_mtu", "303")),
                builder -> builder.environment(Map.of("OMPI_MCA_btl_openib_mtu", "304")),
                builder -> builder.file(first),
                builder -> builder.file(second),
                builder -> builder.hocon(() -> HoconSource.read(() -> hocon)));
    }

    private int mtuOf(List<Consumer<McaParameters.Builder>> sources) {
        McaParameters.Builder builder = builder();
        sources.forEach(source -> source.accept(builder));
        return builder.resolve().value(MTU);
    }

    @Test
    void shouldTakeTheStrongerOfEachPairOfSources() {
        List<Consumer<McaParameters.Builder>> sources = sources();
        for (int strong = 0; strong < sources.size(); strong++) {
            assertThat(mtuOf(List.of(sources.get(strong)))).isEqualTo(301 + strong);
            for (int weak = strong + 1; weak < sources.size(); weak++) {
                List<Consumer<McaParameters.Builder>> pair = List.of(sources.get(strong), sources.get(weak));
                assertThat(mtuOf(pair)).as("%d before %d", strong, weak).isEqualTo(301 + strong);
            }
        }
        assertThat(mtuOf(List.of())).isEqualTo(1024);
    }

    @Test
    void shouldNotCareInWhichOrderSourcesOfDifferentKindsAreAdded() {
        List<Consumer<McaParameters.Builder>> sources = new ArrayList<>(sources());
        sources.remove(5);
        Collections.reverse(sources);
        for (int strongest = sources.size(); strongest > 1; strongest--) {
            assertThat(mtuOf(sources.subList(0, strongest))).isEqualTo(mtuOf(List.of(sources.get(strongest - 1))));
        }
    }

    @Test
    void shouldKnowWhereEachValueCameFrom() {
        Path file = write("params.conf", "# a comment", "", "btl_openib_if_include = mlx5_0");
        McaParameters parameters = builder()
                .file(file)
                .environment(Map.of("OMPI_MCA_btl_openib_mtu", "2k"))
                .resolve();
        assertThat(parameters.origin(IF_INCLUDE)).isEqualTo(new Origin(Origin.Kind.FILE, file + ":3"));
        assertThat(parameters.origin(MTU)).isEqualTo(new Origin(Origin.Kind.ENVIRONMENT, "OMPI_MCA_btl_openib_mtu"));
        assertThat(parameters.isDefault(SHM_DIR)).isTrue();
        assertThat(parameters.isDefault(MTU)).isFalse();
        assertThat(parameters.all())
                .extracting(value -> (Object) value.parameter())
                .containsExactlyElementsOf(ALL);
    }

    @Test
    void shouldTellEveryProblemAtOnce() {
        Path file = write("params.conf", "what is this", "btl_openib_mtu = 10x");
        List<Problem> problems = problemsOf(builder()
                .api(Map.of("btl_openib_mtuu", "1"))
                .commandLine("btl_openib_mtu", "5")
                .commandLine("soft_shm_dir", "/a")
                .commandLine("soft_shm_dir", "/b")
                .environment(Map.of(
                        "OMPI_MCA_btl_openib_if_include", "a",
                        "OMPI_MCA_btl_openib_ib_mtu", "512",
                        "OMPI_MCA_btl_openib_mtu", "1k"))
                .file(file)
                .file(directory.resolve("absent.conf")));
        assertThat(problems)
                .extracting(Problem::kind)
                .containsExactlyInAnyOrder(
                        Problem.Kind.UNKNOWN_NAME,
                        Problem.Kind.OUT_OF_RANGE,
                        Problem.Kind.SET_TWICE,
                        Problem.Kind.SYNONYMS_DISAGREE,
                        Problem.Kind.BAD_FILE,
                        Problem.Kind.DEPRECATED_NAME,
                        Problem.Kind.MALFORMED_VALUE,
                        Problem.Kind.BAD_FILE);
        assertThatThrownBy(() -> McaParameters.of(Map.of("btl_openib_mtuu", "1", "btl_openib_mtu", "1"), ALL))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("2 problems")
                .hasMessageContaining("did you mean \"btl_openib_mtu\"?")
                .hasMessageContaining("is outside 256..4096; give an int in bytes from 256 to 4096");
    }

    @Test
    void shouldTakeADeprecatedNameInAFileAndSayWhichOneCounts() {
        Path users = write("users.conf", "opal_btl_openib_ib_mtu = 256");
        Path file = write("params.conf", "", "btl_openib_ib_mtu = 512");
        McaParameters parameters = builder().file(users).file(file).resolve();
        assertThat(parameters.value(MTU)).isEqualTo(256);
        assertThat(parameters.warnings())
                .singleElement()
                .asString()
                .startsWith("parameter \"opal_btl_openib_ib_mtu\" (file " + users
                        + ":1) has been renamed, and counts as \"btl_openib_mtu\": ");
        McaParameters overridden = builder().overrideFile(file).resolve();
        assertThat(overridden.value(MTU)).isEqualTo(512);
        assertThat(overridden.warnings()).singleElement().asString().contains("(override file " + file + ":2)");
    }

    @Test
    void shouldRefuseADeprecatedNameOutsideOfFiles() {
        for (McaParameters.Builder builder : List.of(
                builder().api(Map.of("btl_openib_ib_mtu", "512")),
                builder().commandLine("btl_openib_ib_mtu", "512"),
                builder().environment(Map.of("OMPI_MCA_btl_openib_ib_mtu", "512")),
                builder()
                        .hocon(() -> HoconSource.read(
                                () -> ConfigFactory.parseString("openib.mca.btl_openib_ib_mtu = 512"))))) {
            Problem problem = onlyProblemOf(builder);
            assertThat(problem.kind()).isEqualTo(Problem.Kind.DEPRECATED_NAME);
            assertThat(problem.text()).contains("write \"btl_openib_mtu\" instead");
        }
    }

    @Test
    void shouldShowTheDefaultWhereATextIsRefused() {
        Parameter<String> queues = Parameter.string("btl_openib_receive_queues")
                .defaultValue("P,128,256")
                .check(value -> value.startsWith("P") ? null : "is no list of receive queues")
                .help("Receive queues.")
                .build();

        assertThatThrownBy(() -> McaParameters.of(Map.of(queues.name(), "Q,1"), List.of(queues)))
                .hasMessageEndingWith("\"Q,1\" is no list of receive queues; give one such as \"P,128,256\"");
    }

    @Test
    void shouldLeaveToOpenMpiWhatIsOpenMpis() {
        Map<String, String> environment = Map.of(
                "OMPI_MCA_pml", "ob1",
                "OMPI_MCA_btl_tcp_if_include", "eth0",
                "OMPI_MCA_orte_tmpdir_base", "/tmp",
                "OMPI_MCA_mca_base_env_list", "A",
                "PATH", "/bin");
        Path file = write("params.conf", "plm_rsh_agent = ssh");
        assertThat(builder().environment(environment).file(file).resolve().isDefault(MTU))
                .isTrue();
        assertThat(onlyProblemOf(builder().commandLine(Map.of("pml", "ob1"))).kind())
                .isEqualTo(Problem.Kind.UNKNOWN_NAME);
        assertThat(onlyProblemOf(builder().environment(Map.of("OMPI_MCA_btl_openib_mtv", "1")))
                        .text())
                .contains("OMPI_MCA_btl_openib_mtv")
                .contains("did you mean \"btl_openib_mtu\"?");
    }

    @Test
    void shouldKnowAParameterWithItsProjectInFront() {
        Map<String, String> environment = Map.of("OMPI_MCA_opal_btl_openib_mtu", "512");
        assertThat(builder().environment(environment).resolve().value(MTU)).isEqualTo(512);
    }

    @Test
    void shouldWarnOfAForeignNameThatLooksLikeATypingError() {
        McaParameters parameters = builder()
                .environment(Map.of("OMPI_MCA_btl_opneib_mtu", "512", "OMPI_MCA_btl_tcp_mtu", "512"))
                .resolve();
        assertThat(parameters.warnings())
                .singleElement()
                .asString()
                .contains("OMPI_MCA_btl_opneib_mtu")
                .contains("if you meant \"btl_openib_mtu\"");
    }

    @Test
    void shouldWarnOfAValueThatTheOverrideFileHides() {
        Path override = write("override.conf", "btl_openib_mtu = 512");
        McaParameters.Builder builder = builder().overrideFile(override).api(Map.of("btl_openib_mtu", "1k"));
        assertThat(builder.resolve().warnings())
                .containsExactly("btl_openib_mtu = 1024 (API) has no effect: the administrator overrides it with "
                        + "btl_openib_mtu = 512 (override file " + override + ":1)");
        assertThat(builder()
                        .overrideFile(override)
                        .api(Map.of("btl_openib_mtu", "0x200"))
                        .resolve()
                        .warnings())
                .isEmpty();
    }

    @Test
    void shouldRefuseTwoParametersThatExcludeEachOtherOnce() {
        Problem problem = onlyProblemOf(builder()
                .api(Map.of("btl_openib_if_include", "a"))
                .environment(Map.of("OMPI_MCA_btl_openib_if_exclude", "b")));
        assertThat(problem.kind()).isEqualTo(Problem.Kind.MUTUALLY_EXCLUSIVE);
        assertThat(problem.text()).contains("OMPI_MCA_btl_openib_if_exclude").contains("API");
        Map<String, String> oneOfThem = Map.of("btl_openib_if_include", "a", "btl_openib_if_exclude", "");
        assertThat(McaParameters.of(oneOfThem, ALL).value(IF_INCLUDE)).containsExactly("a");
    }

    @Test
    void shouldNeverShowASecret() {
        Problem problem = onlyProblemOf(builder().api(Map.of("openib_job_secret", "swordfish")));
        assertThat(problem.text()).doesNotContain("swordfish").contains("too long");
        McaParameters parameters =
                builder().api(Map.of("openib_job_secret", "sesame")).resolve();
        assertThat(parameters.value(SECRET)).isEqualTo("sesame");
        assertThat(parameters.toFileText()).doesNotContain("sesame");
        assertThat(parameters.all().toString()).doesNotContain("sesame");
    }

    @Test
    void shouldRefuseAParameterThatWasNotDeclared() {
        Parameter<Integer> stranger = Parameter.integer("btl_openib_mtu")
                .defaultValue(1)
                .help("Another of that name.")
                .build();
        assertThatThrownBy(() -> builder().resolve().value(stranger)).isInstanceOf(IllegalArgumentException.class);
        assertThat(onlyProblemOf(builder().declare(List.of(stranger))).kind()).isEqualTo(Problem.Kind.DECLARED_TWICE);
    }

    @Test
    void shouldRankALaunchersCommandLineAboveTheEnvironment() {
        McaParameters parameters = builder()
                .environment(McaEnvironment.ofCommandLine(Map.of("btl_openib_path_mtu", "512")))
                .environment(Map.of("OMPI_MCA_btl_openib_mtu", "256"))
                .resolve();
        assertThat(parameters.value(MTU)).isEqualTo(512);
        assertThat(parameters.origin(MTU).kind()).isEqualTo(Origin.Kind.COMMAND_LINE);
    }
}
