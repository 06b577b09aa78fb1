package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SourcesTest {
    private static final Parameter<Integer> MTU =
            Parameter.integer("btl_openib_mtu").defaultValue(0).help("The MTU.").build();
    private static final Parameter<String> TEXT =
            Parameter.string("soft_text").defaultValue("").help("A text.").build();
    private static final Parameter<List<String>> LIST =
            Parameter.list("soft_list").defaultValue(List.of()).help("A list.").build();
    private static final Parameter<ComponentSelection> CPC = Parameter.selection("btl_openib_cpc")
            .defaultValue(ComponentSelection.parse("oob"))
            .synonym("btl_openib_cpc_include")
            .synonym("btl_openib_cpc_exclude", text -> "^" + text)
            .help("The wireup.")
            .build();
    private static final List<Parameter<?>> ALL = List.of(MTU, TEXT, LIST, CPC);

    private final Path directory;

    SourcesTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(directory.resolve(name).getParent());
        return Files.writeString(file, text);
    }

    private List<Setting> read(String text) throws IOException {
        Source source = ParameterFile.read(write("params.conf", text), Origin.Kind.FILE, true);
        assertThat(source.problems()).isEmpty();
        return source.settings();
    }

    private static List<Problem> problemsOf(McaParameters.Builder builder) {
        McaException e = catchThrowableOfType(McaException.class, builder::resolve);
        assertThat(e).as("problems").isNotNull();
        return e.problems();
    }

    @Test
    void shouldReadEveryFormOfLine() throws IOException {
        List<Setting> settings = read(
                """
                # comment
                // comment = not a value
                /* a = 1 */ b = 2
                /* c = 3
                   d = 4 */
                  e=5  \t
                f = "quoted # kept "
                g = 'it''s'
                -mca h 8
                --mca i  "9 9"
                j =
                k = a = b // kept
                """);
        assertThat(settings)
                .extracting(Setting::name, Setting::text)
                .containsExactly(
                        tuple("b", "2"),
                        tuple("e", "5"),
                        tuple("f", "quoted # kept "),
                        tuple("g", "it''s"),
                        tuple("h", "8"),
                        tuple("i", "9 9"),
                        tuple("j", ""),
                        tuple("k", "a = b // kept"));
        assertThat(settings.get(1).origin().detail()).endsWith("params.conf:6");
    }

    @Test
    void shouldPassOverTheByteOrderMarkOfAnEditor() throws IOException {
        assertThat(read("\uFEFFa = 1\nb = 2\n"))
                .extracting(Setting::name, Setting::text)
                .containsExactly(tuple("a", "1"), tuple("b", "2"));
    }

    @Test
    void shouldRefuseAPipeAndNotWaitForItsWriter() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        for (boolean mustExist : List.of(true, false)) {
            Source source = ParameterFile.read(pipe, Origin.Kind.FILE, mustExist);
            assertThat(source.problems()).singleElement().satisfies(problem -> assertThat(problem.text())
                    .contains(pipe.toString(), "is no file but a pipe"));
        }
    }

    @Test
    void shouldReadNothingFromTheNullDevice() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("nothing.conf"), Path.of("/dev/null"));
        Source source = ParameterFile.read(link, Origin.Kind.FILE, true);
        assertThat(source.problems()).isEmpty();
        assertThat(source.settings()).isEmpty();
    }

    @Test
    void shouldTakeTheHomeOfTheEnvironment() {
        assertThat(StandardSources.home(Map.of("HOME", "/somewhere"))).isEqualTo(Path.of("/somewhere"));
        for (Map<String, String> without : List.of(Map.<String, String>of(), Map.of("HOME", ""))) {
            assertThat(StandardSources.home(without)).isEqualTo(Path.of(System.getProperty("user.home")));
        }
    }

    @Test
    void shouldTakeTheSystemDirectoryOfTheEnvironmentAsOpenMpiDoes() {
        assertThat(StandardSources.systemDirectory(Map.of("OPAL_SYSCONFDIR", "/opt/ompi/etc")))
                .isEqualTo(Path.of("/opt/ompi/etc"));
        for (Map<String, String> without : List.of(Map.<String, String>of(), Map.of("OPAL_SYSCONFDIR", ""))) {
            assertThat(StandardSources.systemDirectory(without)).isEqualTo(Path.of("/etc/openmpi"));
        }
    }

    @Test
    void shouldSayWhichLinesOfAFileMeanNothing() throws IOException {
        Path file = write("params.conf", "a = 1\nb\n= 3\n/* never\nended");
        Source source = ParameterFile.read(file, Origin.Kind.FILE, true);
        assertThat(source.problems())
                .extracting(problem -> problem.origin().detail())
                .containsExactly(file + ":2", file + ":3", file + ":4");
        Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThat(ParameterFile.read(binary, Origin.Kind.FILE, true).problems())
                .singleElement()
                .asString()
                .contains("UTF-8");
    }

    @Test
    void shouldReadAFileInWhichAnEditorOfOldHasLeftItsLetters() throws IOException {
        Path file = Files.write(
                directory.resolve("old.conf"),
                "# f\u00fcr alle\nsoft_text = a\n".getBytes(StandardCharsets.ISO_8859_1));
        McaParameters parameters =
                McaParameters.builder().declare(ALL).file(file).resolve();
        assertThat(parameters.value(TEXT)).isEqualTo("a");
    }

    @Test
    void shouldReadTheLinesOfATuneFile() throws IOException {
        Path file = write(
                "tune.conf",
                "-x HOME_OF_X=/x\n-mca soft_text \"a -mca b\" -x A=b --mca btl_openib_mtu 4k\n--mca soft_list a,b   -x C\n");
        Source source = ParameterFile.read(file, Origin.Kind.FILE, true);
        assertThat(source.problems()).isEmpty();
        assertThat(source.settings())
                .extracting(Setting::name, Setting::text)
                .containsExactly(
                        tuple("soft_text", "a -mca b"), tuple("btl_openib_mtu", "4k"), tuple("soft_list", "a,b"));
        Path wrong = write("wrong.conf", "-mca soft_text\n-y z\n-mca a 1 -x\n");
        assertThat(ParameterFile.read(wrong, Origin.Kind.FILE, true).problems())
                .extracting(problem -> problem.origin().detail())
                .containsExactly(wrong + ":1", wrong + ":2");
    }

    @Test
    void shouldTakeAnEmptySelectionForNoneWhereOpenMpiDoes() throws IOException {
        Path file = write("params.conf", "btl_openib_cpc =\n");
        McaParameters parameters =
                McaParameters.builder().declare(ALL).file(file).resolve();
        assertThat(parameters.value(CPC)).isEqualTo(CPC.defaultValue());
        McaParameters ofEnvironment = McaParameters.builder()
                .declare(ALL)
                .environment(Map.of("OMPI_MCA_btl_openib_cpc_exclude", ""))
                .file(write("stronger.conf", "btl_openib_cpc = rdmacm\n"))
                .resolve();
        assertThat(ofEnvironment.value(CPC)).isEqualTo(CPC.defaultValue());
        assertThat(problemsOf(McaParameters.builder().declare(ALL).commandLine("btl_openib_cpc", "")))
                .hasSize(1);
    }

    @Test
    void shouldReadWhatMpirunIsToldByTuneAndAm() throws IOException {
        write("home/.openmpi/mca-params.conf", "btl_openib_mtu = 1\nsoft_text = file\nsoft_list = file\n");
        Path tune = write("tune.conf", "-mca btl_openib_mtu 3\n");
        write("sets/am.conf", "btl_openib_mtu = 2\nsoft_text = am\n");
        Map<String, String> environment = Map.of(
                "OMPI_MCA_mca_base_envar_file_prefix",
                tune.toString(),
                "OMPI_MCA_mca_base_param_file_prefix",
                "am.conf",
                "OMPI_MCA_mca_base_param_file_path",
                directory.resolve("none") + ":" + directory.resolve("sets"));
        McaParameters parameters = standard(environment).builder().declare(ALL).resolve();
        assertThat(parameters.value(MTU)).isEqualTo(3);
        assertThat(parameters.origin(MTU)).hasToString("file " + tune + ":1");
        assertThat(parameters.value(TEXT)).isEqualTo("am");
        assertThat(parameters.value(LIST)).containsExactly("file");
        assertThat(problemsOf(standard(Map.of("OMPI_MCA_mca_base_envar_file_prefix", "nowhere.conf"))
                        .builder()
                        .declare(ALL)))
                .singleElement()
                .extracting(Problem::text)
                .asString()
                .contains("nowhere.conf", "no such file");
    }

    @Test
    void shouldSayThatAFolderHasNoNameInThisLocale() {
        StandardSources nowhere =
                new StandardSources(Map.of(), null, null, () -> HoconSource.read(ConfigFactory::empty));
        McaParameters parameters = nowhere.builder().declare(ALL).resolve();
        assertThat(parameters.warnings())
                .hasSize(2)
                .anySatisfy(warning -> assertThat(warning).contains("HOME", "LC_ALL"))
                .anySatisfy(warning -> assertThat(warning).contains("OPAL_SYSCONFDIR", "LC_ALL"));
    }

    @Test
    void shouldSurviveAFileOfRandomBytes() throws IOException {
        Random random = SeededRandom.create(getClass());
        String alphabet = "ab=/*#\"'- \t\n\rmca";
        for (int i = 0; i < 2_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(60); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            Source source = ParameterFile.read(write("random.conf", text.toString()), Origin.Kind.FILE, true);
            assertThat(source.settings())
                    .allSatisfy(setting -> assertThat(setting.name()).isNotEmpty());
        }
    }

    @Test
    void shouldReadBackWhatItDumps() throws IOException {
        Random random = SeededRandom.create(getClass());
        String alphabet = "ab, =/*#\"'-^\u00e9\t";
        for (int i = 0; i < 1_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(12); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            Map<String, String> api = Map.of(
                    "btl_openib_mtu",
                    Integer.toString(random.nextInt()),
                    "soft_text",
                    text.toString(),
                    "soft_list",
                    "x" + random.nextInt(9) + ", y",
                    "btl_openib_cpc",
                    random.nextBoolean() ? "^oob,rdmacm" : "auto");
            McaParameters first = McaParameters.of(api, ALL);
            Path dump = write("dump.conf", first.toFileText());
            McaParameters second =
                    McaParameters.builder().declare(ALL).file(dump).resolve();
            for (Parameter<?> parameter : ALL) {
                assertThat(second.value(parameter)).isEqualTo(first.value(parameter));
            }
        }
    }

    @Test
    void shouldJoinPathsAndListsOfHocon() {
        McaParameters parameters = McaParameters.builder()
                .declare(ALL)
                .hocon(() -> HoconSource.read(() -> ConfigFactory.parseString(
                        "openib.mca { btl_openib { mtu = 4k, cpc = [rdmacm, oob] }, soft.text = yes, soft_list = [a, 2] }",
                        ConfigParseOptions.defaults().setOriginDescription("application.conf"))))
                .resolve();
        assertThat(parameters.value(MTU)).isEqualTo(4096);
        assertThat(parameters.value(CPC)).hasToString("rdmacm,oob");
        assertThat(parameters.value(TEXT)).isEqualTo("yes");
        assertThat(parameters.value(LIST)).containsExactly("a", "2");
        assertThat(parameters.origin(MTU).toString()).startsWith("HOCON application.conf");
    }

    @Test
    void shouldTellHoconThatIsBrokenNestedOrUnknown() {
        McaParameters.Builder builder = McaParameters.builder().declare(ALL);
        for (String text : List.of(
                "openib.mca { btl_openib_mtu = ",
                "openib.mca.soft_list = [[1]]",
                "openib.mca.pml = ob1",
                "openib = 1")) {
            builder.hocon(() -> HoconSource.read(() -> ConfigFactory.parseString(text)));
        }
        assertThat(problemsOf(builder))
                .extracting(Problem::kind)
                .containsExactly(Problem.Kind.BAD_FILE, Problem.Kind.BAD_FILE, Problem.Kind.UNKNOWN_NAME);
    }

    /** The rest of it is the host program's, which may resolve it later, or against more than there is now. */
    @Test
    void shouldResolveOfHoconWhatIsOursAlone() {
        String text = "home = ${OF_NOBODY.dir}, size = 8k\nopenib.mca { btl_openib_mtu = ${size} }";
        Supplier<Source> hocon = () -> HoconSource.read(() -> ConfigFactory.parseString(text));
        McaParameters parameters =
                McaParameters.builder().declare(ALL).hocon(hocon).resolve();
        assertThat(parameters.value(MTU)).isEqualTo(8192);

        Supplier<Source> ours =
                () -> HoconSource.read(() -> ConfigFactory.parseString("openib.mca { soft_text = ${OF_NOBODY.dir} }"));
        assertThat(problemsOf(McaParameters.builder().declare(ALL).hocon(ours)))
                .singleElement()
                .satisfies(problem -> assertThat(problem.text()).contains("OF_NOBODY.dir"));
    }

    @Test
    void shouldReadWhatTheHostProgramHasOnItsClassPath() throws IOException {
        write("application.conf", "myapp { home = ${OF_NOBODY.dir} }\n");
        assertThat(ofClassPath(MTU).value(MTU)).isZero();
        write(
                "application.conf",
                "myapp { home = ${OF_NOBODY.dir}, mtu = 2k }\nopenib.mca.btl_openib.mtu = ${myapp.mtu}\n");
        McaParameters parameters = ofClassPath(MTU);
        assertThat(parameters.value(MTU)).isEqualTo(2048);
        assertThat(parameters.origin(MTU).toString()).contains("application.conf:1");
    }

    private McaParameters ofClassPath(Parameter<?> parameter) throws IOException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader own =
                new URLClassLoader(new URL[] {directory.toUri().toURL()}, before)) {
            thread.setContextClassLoader(own);
            return McaParameters.builder()
                    .declare(List.of(parameter))
                    .hocon(HoconSource::standard)
                    .resolve();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void shouldTranslateASynonymThatExcludes() {
        assertThat(McaParameters.of(Map.of("btl_openib_cpc_exclude", "oob"), ALL)
                        .value(CPC))
                .hasToString("^oob");
        assertThat(problemsOf(McaParameters.builder()
                        .declare(ALL)
                        .api(Map.of("btl_openib_cpc_exclude", "oob", "btl_openib_cpc_include", "oob"))))
                .singleElement()
                .extracting(Problem::kind)
                .isEqualTo(Problem.Kind.SYNONYMS_DISAGREE);
    }

    private StandardSources standard(Map<String, String> environment) {
        return new StandardSources(
                environment,
                directory.resolve("home"),
                directory.resolve("system"),
                () -> HoconSource.read(ConfigFactory::empty));
    }

    @Test
    void shouldReadTheStandardFilesInOrder() throws IOException {
        write("home/.openmpi/mca-params.conf", "btl_openib_mtu = 1\n");
        write("system/openmpi-mca-params.conf", "btl_openib_mtu = 2\nsoft_text = system\npml = ob1\n");
        McaParameters parameters = standard(Map.of()).builder().declare(ALL).resolve();
        assertThat(parameters.value(MTU)).isEqualTo(1);
        assertThat(parameters.value(TEXT)).isEqualTo("system");
        write("system/openmpi-mca-params-override.conf", "btl_openib_mtu = 3\n");
        assertThat(standard(Map.of("OMPI_MCA_btl_openib_mtu", "4"))
                        .builder()
                        .declare(ALL)
                        .resolve()
                        .value(MTU))
                .isEqualTo(3);
    }

    @Test
    void shouldReadTheFilesNamedInPlaceOfTheStandardOnes() throws IOException {
        write("home/.openmpi/mca-params.conf", "btl_openib_mtu = 1\n");
        String other = write("other.conf", "soft_text = other\n").toString();
        McaParameters named = standard(Map.of("OMPI_MCA_mca_base_param_files", other))
                .builder()
                .declare(ALL)
                .resolve();
        assertThat(named.isDefault(MTU)).isTrue();
        assertThat(named.value(TEXT)).isEqualTo("other");
        String weaker =
                write("weaker.conf", "soft_text = weaker\nbtl_openib_mtu = 2\n").toString();
        McaParameters both = standard(Map.of("OMPI_MCA_mca_base_param_files", other + ',' + weaker))
                .builder()
                .declare(ALL)
                .resolve();
        assertThat(both.value(TEXT)).isEqualTo("other");
        assertThat(both.value(MTU)).isEqualTo(2);
        assertThat(standard(Map.of("OMPI_MCA_mca_param_files", "none"))
                        .builder()
                        .declare(ALL)
                        .resolve()
                        .isDefault(MTU))
                .isTrue();
        assertThat(problemsOf(standard(Map.of("OMPI_MCA_mca_base_param_files", other + ".absent"))
                        .builder()
                        .declare(ALL)))
                .singleElement()
                .asString()
                .contains("no such file");
    }

    @Test
    void shouldLookFirstWithoutJudging() {
        McaParameters.Builder builder = standard(
                        Map.of("OMPI_MCA_mca_component_path", "/x", "OMPI_MCA_btl_openib_mtu", "bad"))
                .builder()
                .declare(ALL)
                .commandLine("nonsense", "1");
        assertThat(builder.resolveOnly(List.of(MechanismParameters.COMPONENT_PATH))
                        .value(MechanismParameters.COMPONENT_PATH))
                .containsExactly(Path.of("/x"));
        assertThat(problemsOf(builder)).hasSize(2);
    }

    @Test
    void shouldReadHoconThatTheProcessIsStartedWith() throws IOException {
        Path file = write("given.conf", "openib.mca {\n  btl_openib_mtu = 2k\n}\n");
        System.setProperty("config.file", file.toString());
        System.setProperty("openib.mca.soft_text", "property");
        ConfigFactory.invalidateCaches();
        try {
            McaParameters parameters = McaParameters.fromProcess(ALL, Map.of("mca_base_param_files", "none"), Map.of());
            assertThat(parameters.value(MTU)).isEqualTo(2048);
            assertThat(parameters.origin(MTU)).isEqualTo(new Origin(Origin.Kind.HOCON, file + ":2"));
            assertThat(parameters.value(TEXT)).isEqualTo("property");
        } finally {
            System.clearProperty("config.file");
            System.clearProperty("openib.mca.soft_text");
            ConfigFactory.invalidateCaches();
        }
    }
}
