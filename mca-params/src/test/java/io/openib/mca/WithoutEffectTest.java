package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is right for Open MPI and changes nothing here: names, and values in files that it reads too. */
@Timeout(30)
class WithoutEffectTest {
    private static final Parameter<Integer> MTU =
            Parameter.integer("btl_openib_mtu").defaultValue(1).help("The MTU.").build();
    private static final Parameter<String> WAYS =
            Parameter.string("btl").defaultValue("any").help("The ways.").build();
    private static final ParameterDeclarations COMPONENT = new ParameterDeclarations() {
        @Override
        public List<Parameter<?>> parameters() {
            return List.of(MTU, WAYS);
        }

        @Override
        public List<NameWithoutEffect> namesWithoutEffect() {
            return List.of(
                    NameWithoutEffect.of("btl_openib_verbose", "it is chatty anyway"),
                    NameWithoutEffect.of("btl_openib_speed_*", "ports tell it"),
                    NameWithoutEffect.of("btl_openib_allow_ib", "it is allowed").whichIs(true),
                    NameWithoutEffect.of("btl_openib_mtu", "somebody else has it"));
        }
    };

    private final Path directory;

    WithoutEffectTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private static McaParameters.Builder builder() {
        return McaParameters.builder().declare(COMPONENT);
    }

    private Path write(String... lines) throws IOException {
        return Files.write(Files.createTempFile(directory, "params", ".conf"), List.of(lines));
    }

    private McaParameters.Builder set(Origin.Kind kind, String name, String text) throws IOException {
        String assignment = name + " = " + text;
        return switch (kind) {
            case OVERRIDE_FILE -> builder().overrideFile(write(assignment));
            case API -> builder().api(Map.of(name, text));
            case COMMAND_LINE -> builder().commandLine(name, text);
            case ENVIRONMENT -> builder().environment(Map.of(McaEnvironment.PREFIX + name, text));
            case FILE -> builder().file(write(assignment));
            case HOCON ->
                builder()
                        .hocon(() -> HoconSource.read(
                                () -> ConfigFactory.parseString("openib.mca." + name + " = \"" + text + '"')));
            case DEFAULT -> throw new IllegalArgumentException("nobody sets it");
        };
    }

    @ParameterizedTest
    @EnumSource(value = Origin.Kind.class, names = "DEFAULT", mode = EnumSource.Mode.EXCLUDE)
    void shouldTellOfANameWithoutEffectWhereverItIsSetAndNotLookAtTheValue(Origin.Kind kind) throws IOException {
        McaParameters parameters =
                set(kind, "btl_openib_verbose", "whatever-it-is").resolve();
        assertThat(parameters.withoutEffect()).singleElement().satisfies(one -> {
            assertThat(one.name()).isEqualTo("btl_openib_verbose");
            assertThat(one.shownText()).isEqualTo("whatever-it-is");
            assertThat(one.origin().kind()).isEqualTo(kind);
            assertThat(parameters.warnings())
                    .containsExactly("parameter \"btl_openib_verbose\" (" + one.origin()
                            + ") has no effect here: it is chatty anyway");
        });
        assertThat(parameters.all()).hasSize(2).allMatch(value -> parameters.isDefault(value.parameter()));
    }

    @ParameterizedTest
    @EnumSource(value = Origin.Kind.class, names = "DEFAULT", mode = EnumSource.Mode.EXCLUDE)
    void shouldSayNothingWhereThingsAreAsTheNameAsks(Origin.Kind kind) throws IOException {
        McaParameters parameters = set(kind, "btl_openib_allow_ib", "1").resolve();
        assertThat(parameters.warnings()).isEmpty();
        assertThat(parameters.notes()).isEmpty();
        assertThat(parameters.withoutEffect()).singleElement().satisfies(one -> assertThat(one.name())
                .isEqualTo("btl_openib_allow_ib"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "no", "perhaps"})
    void shouldWarnWhereTheNameAsksForWhatIsNotSo(String value) throws IOException {
        assertThat(set(Origin.Kind.ENVIRONMENT, "btl_openib_allow_ib", value)
                        .resolve()
                        .warnings())
                .singleElement()
                .asString()
                .contains("btl_openib_allow_ib");
    }

    @Test
    void shouldTellOnceWhatSeveralSourcesSet() throws IOException {
        McaParameters parameters = set(Origin.Kind.FILE, "btl_openib_verbose", "1")
                .environment(Map.of("OMPI_MCA_btl_openib_verbose", "2"))
                .resolve();
        assertThat(parameters.warnings())
                .singleElement()
                .asString()
                .contains("(environment OMPI_MCA_btl_openib_verbose)");
        assertThat(parameters.withoutEffect()).hasSize(1);
    }

    @Test
    void shouldTellOnceOfANameInTwoSpellings() {
        McaParameters parameters = builder()
                .environment(Map.of("OMPI_MCA_btl_openib_verbose", "1", "OMPI_MCA_opal_btl_openib_verbose", "1"))
                .resolve();
        assertThat(parameters.withoutEffect()).hasSize(1);
        assertThat(parameters.warnings()).singleElement().asString().contains("\"btl_openib_verbose\"");
    }

    @Test
    void shouldTellOnceOfAMisspeltForeignName() throws IOException {
        Map<String, String> environment =
                Map.of("OMPI_MCA_btl_opneib_mtu", "512", "OMPI_MCA_opal_btl_opneib_mtu", "512");
        McaParameters parameters = set(Origin.Kind.FILE, "btl_opneib_mtu", "1")
                .environment(environment)
                .resolve();
        assertThat(parameters.warnings())
                .singleElement()
                .asString()
                .contains("(environment OMPI_MCA_btl_opneib_mtu)", "if you meant");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "", "*_openib", "btl_*_verbose", "btl_openib_**"})
    void shouldRefuseANameThatStandsForEveryName(String name) {
        assertThatThrownBy(() -> NameWithoutEffect.of(name, "never mind"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining('"' + name + '"');
    }

    @Test
    void shouldKnowNamesByTheirBeginningAndWithTheirProjectInFront() {
        McaParameters parameters = builder()
                .environment(Map.of("OMPI_MCA_btl_openib_speed_mlx5_0:1", "1", "OMPI_MCA_opal_btl_openib_verbose", "1"))
                .resolve();
        assertThat(parameters.withoutEffect())
                .extracting(WithoutEffect::name)
                .containsExactly("btl_openib_speed_mlx5_0:1", "opal_btl_openib_verbose");
        assertThat(problemOf(Map.of("btl_openib_speed_", "1")).kind()).isEqualTo(Problem.Kind.UNKNOWN_NAME);
    }

    @Test
    void shouldPreferAParameterThatIsDeclaredUnderTheName() {
        McaParameters parameters = builder().api(Map.of("btl_openib_mtu", "7")).resolve();
        assertThat(parameters.value(MTU)).isEqualTo(7);
        assertThat(parameters.withoutEffect()).isEmpty();
    }

    @Test
    void shouldRefuseAMisspeltNameAndProposeNoneWithoutEffect() {
        Problem misspelt = problemOf(Map.of("btl_openib_verbos", "1"));
        assertThat(misspelt.kind()).isEqualTo(Problem.Kind.UNKNOWN_NAME);
        assertThat(misspelt.text()).doesNotContain("btl_openib_verbose");
        assertThat(problemOf(Map.of("btl_openib_mtuu", "1")).text()).contains("did you mean \"btl_openib_mtu\"?");
    }

    private static Problem problemOf(Map<String, String> api) {
        McaException e = catchThrowableOfType(
                McaException.class, () -> builder().api(api).resolve());
        assertThat(e).as("problems").isNotNull();
        assertThat(e.problems()).hasSize(1);
        return e.problems().get(0);
    }

    private static McaParameters leavingToOpenMpi(McaParameters.Builder builder) {
        return builder.leaveToOpenMpi(
                        new OpenMpisAlone<>(WAYS, ways -> ways.startsWith("^") ? "it is for others" : null))
                .resolve();
    }

    @Test
    void shouldPassOverAValueOfAFileThatIsMeantForOpenMpiAlone() throws IOException {
        for (Origin.Kind kind : List.of(Origin.Kind.FILE, Origin.Kind.OVERRIDE_FILE)) {
            McaParameters parameters = leavingToOpenMpi(set(kind, "btl", "^us"));
            assertThat(parameters.isDefault(WAYS)).isTrue();
            assertThat(parameters.warnings()).isEmpty();
            assertThat(parameters.withoutEffect()).singleElement().satisfies(one -> {
                assertThat(one.shownText()).isEqualTo("^us");
                assertThat(parameters.notes())
                        .containsExactly(
                                "parameter \"btl\" (" + one.origin() + ") has no effect here: it is for others");
            });
            assertThat(leavingToOpenMpi(set(kind, "btl", "us")).value(WAYS)).isEqualTo("us");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Origin.Kind.class,
            names = {"API", "COMMAND_LINE", "ENVIRONMENT", "HOCON"})
    void shouldTakeSuchAValueFromAnywhereElse(Origin.Kind kind) throws IOException {
        McaParameters parameters = leavingToOpenMpi(set(kind, "btl", "^us"));
        assertThat(parameters.value(WAYS)).isEqualTo("^us");
        assertThat(parameters.withoutEffect()).isEmpty();
    }

    @Test
    void shouldTakeTheNextSourceWhereAValueIsPassedOver() throws IOException {
        McaParameters parameters = leavingToOpenMpi(set(Origin.Kind.OVERRIDE_FILE, "btl", "^us")
                .file(write("btl = ^us,them"))
                .file(write("btl = us")));
        assertThat(parameters.value(WAYS)).isEqualTo("us");
        assertThat(parameters.warnings()).isEmpty();
    }

    @Test
    void shouldTellOnceOfAValuePassedOverUnderTwoNames() throws IOException {
        McaParameters parameters =
                leavingToOpenMpi(set(Origin.Kind.FILE, "btl", "^us").file(write("opal_btl = ^us,them")));
        assertThat(parameters.notes()).hasSize(1);
        assertThat(parameters.withoutEffect())
                .singleElement()
                .extracting(WithoutEffect::shownText)
                .isEqualTo("^us");
    }

    @Test
    void shouldHandWarningsAndNotesToWhoeverTells() throws IOException {
        McaParameters parameters =
                leavingToOpenMpi(set(Origin.Kind.FILE, "btl", "^us").api(Map.of("btl_openib_verbose", "1")));
        StringBuilder told = new StringBuilder();
        parameters.tell(text -> told.append("warn ").append(text), text -> told.append(" info ")
                .append(text));
        assertThat(told.toString())
                .isEqualTo("warn " + parameters.warnings().get(0) + " info "
                        + parameters.notes().get(0));
    }
}
