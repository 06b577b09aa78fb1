package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ComponentLoaderTest {
    private static final String GOOD =
            """
            package acme;
            public final class Good implements io.openib.mca.ParameterDeclarations {
                @Override public java.util.List<io.openib.mca.Parameter<?>> parameters() {
                    org.slf4j.LoggerFactory.getLogger(Good.class).debug("seen");
                    return java.util.List.of(io.openib.mca.Parameter.integer("acme_depth")
                        .defaultValue(7).help("How deep.").build());
                }
            }
            """;
    private static final String MISSING_BASE =
            """
            package acme;
            public final class Orphan extends Gone implements io.openib.mca.ParameterDeclarations {
                @Override public java.util.List<io.openib.mca.Parameter<?>> parameters() { return java.util.List.of(); }
            }
            """;
    private static final String GONE = "package acme; public class Gone {}";
    private static final String THROWING =
            """
            package acme;
            public final class Thrower implements io.openib.mca.ParameterDeclarations {
                public Thrower() { throw new IllegalStateException("no such fabric"); }
                @Override public java.util.List<io.openib.mca.Parameter<?>> parameters() { return java.util.List.of(); }
            }
            """;
    private static final String PEEKING =
            """
            package acme;
            public final class Peeker implements io.openib.mca.ParameterDeclarations {
                public Peeker() throws ClassNotFoundException { Class.forName("com.typesafe.config.Config"); }
                @Override public java.util.List<io.openib.mca.Parameter<?>> parameters() { return java.util.List.of(); }
            }
            """;

    private static final String FORGETFUL =
            """
            package acme;
            public final class Forgetful implements io.openib.mca.ParameterDeclarations {
                @Override public java.util.List<io.openib.mca.Parameter<?>> parameters() { return Gone.LIST; }
            }
            """;
    private static final String LIST_GONE =
            """
            package acme;
            public class Gone {
                static final java.util.List<io.openib.mca.Parameter<?>> LIST = new java.util.ArrayList<>();
            }
            """;
    private static final String EMPTY =
            """
            package acme;
            public final class %s implements io.openib.mca.ParameterDeclarations {
                @Override public java.util.List<io.openib.mca.Parameter<?>> parameters() { return java.util.List.of(); }
            }
            """;

    private final Path directory;

    ComponentLoaderTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private LoadedComponents<ParameterDeclarations> load() {
        return loader().load(ParameterDeclarations.class);
    }

    /** The names of classes serve as those of components; the trial is that a component has hair. */
    private LoadedComponents<ParameterDeclarations> loadKind() {
        return loader().load(new ComponentKind<>(
                ParameterDeclarations.class,
                "gizmo",
                3,
                component -> {
                    String name = component.getClass().getSimpleName();
                    return name.equals("Nameless") ? null : name;
                },
                component -> component.getClass().getSimpleName().equals("Old") ? 2 : 3,
                component -> {
                    if (component.getClass().getSimpleName().equals("Bald")) {
                        throw new NoClassDefFoundError("acme/Hair");
                    }
                }));
    }

    private ComponentLoader loader() {
        McaParameters parameters = McaParameters.of(
                Map.of("mca_component_path", directory.resolve("jars").toString()),
                new MechanismParameters().parameters());
        return ComponentLoader.create(parameters);
    }

    /** Compiles classes, drops those to forget, and packs the rest with a services entry. */
    private void makeJar(String name, Map<String, String> sources, Set<String> forget, String... providers)
            throws IOException {
        Path classes = Files.createDirectories(directory.resolve("classes-" + name));
        List<String> arguments = new ArrayList<>(
                List.of("-proc:none", "-d", classes.toString(), "-classpath", System.getProperty("java.class.path")));
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = Files.createDirectories(directory.resolve("src-" + name + "/acme"))
                    .resolve(source.getKey() + ".java");
            arguments.add(Files.writeString(file, source.getValue()).toString());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new)))
                .as("compiler status")
                .isZero();
        Path jar = Files.createDirectories(directory.resolve("jars")).resolve(name + ".jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream jarOut = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!forget.contains(file.getFileName().toString())) {
                    put(jarOut, classes.relativize(file).toString(), Files.readAllBytes(file));
                }
            }
            String services = "# providers\n" + String.join("\n", providers) + "\n";
            put(
                    jarOut,
                    "META-INF/services/io.openib.mca.ParameterDeclarations",
                    services.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void put(JarOutputStream jar, String name, byte[] bytes) throws IOException {
        jar.putNextEntry(new JarEntry(name));
        jar.write(bytes);
        jar.closeEntry();
    }

    @Test
    void shouldLoadAComponentFromAJarInALoaderOfItsOwn() throws IOException {
        makeJar("good", Map.of("Good", GOOD), Set.of(), "acme.Good");
        try (LoadedComponents<ParameterDeclarations> loaded = load()) {
            assertThat(loaded.failures()).isEmpty();
            assertThat(loaded.components()).hasSize(1);
            ParameterDeclarations component = loaded.components().get(0);
            assertThat(component.getClass().getClassLoader()).isNotSameAs(ParameterDeclarations.class.getClassLoader());
            assertThat(component.parameters()).extracting(Parameter::name).containsExactly("acme_depth");
        }
    }

    @Test
    void shouldLetABadProviderHinderNoOther() throws IOException {
        makeJar(
                "mixed",
                Map.of("Good", GOOD, "Orphan", MISSING_BASE, "Gone", GONE, "Thrower", THROWING),
                Set.of("Gone.class"),
                "acme.Orphan",
                "acme.Thrower",
                "acme.Absent",
                "java.lang.String",
                "io.openib.mca.MechanismParameters",
                "acme.Good");
        try (LoadedComponents<ParameterDeclarations> loaded = load()) {
            assertThat(loaded.components())
                    .extracting(component -> component.getClass().getName())
                    .containsExactly("acme.Good");
            assertThat(loaded.failures())
                    .allSatisfy(failure -> assertThat(failure.where()).endsWith("mixed.jar"));
            assertThat(loaded.failures())
                    .extracting(ComponentFailure::reason)
                    .satisfiesExactly(
                            reason -> assertThat(reason).contains("acme.Orphan").contains("acme/Gone"),
                            reason ->
                                    assertThat(reason).contains("acme.Thrower").contains("no such fabric"),
                            reason -> assertThat(reason).contains("acme.Absent").contains("ClassNotFound"),
                            reason -> assertThat(reason).contains("java.lang.String is not a class of this jar"),
                            reason -> assertThat(reason).contains("MechanismParameters is not a class of this jar"));
        }
    }

    @Test
    void shouldLeaveOutWhatThrowsOrSaysNothingUsableWhenItIsAsked() throws IOException {
        makeJar(
                "asked",
                Map.of(
                        "Forgetful",
                        FORGETFUL,
                        "Gone",
                        LIST_GONE,
                        "Nameless",
                        EMPTY.formatted("Nameless"),
                        "Old",
                        EMPTY.formatted("Old"),
                        "Bald",
                        EMPTY.formatted("Bald"),
                        "Good",
                        GOOD),
                Set.of("Gone.class"),
                "acme.Forgetful",
                "acme.Nameless",
                "acme.Old",
                "acme.Bald",
                "acme.Good");
        try (LoadedComponents<ParameterDeclarations> loaded = loadKind()) {
            assertThat(loaded.components())
                    .extracting(component -> component.getClass().getName())
                    .containsExactly("acme.Good");
            assertThat(loaded.failures())
                    .allSatisfy(failure -> assertThat(failure.where()).endsWith("asked.jar"))
                    .extracting(ComponentFailure::reason)
                    .satisfiesExactly(
                            reason -> assertThat(reason)
                                    .startsWith("acme.Forgetful cannot be used: ")
                                    .contains("NoClassDefFoundError: acme/Gone"),
                            reason -> assertThat(reason).isEqualTo("acme.Nameless has no name"),
                            reason -> assertThat(reason)
                                    .isEqualTo("acme.Old was compiled for version 2 of the SPI, this is 3"),
                            reason -> assertThat(reason).contains("acme.Bald cannot be used: ", "acme/Hair"));
        }
    }

    /** By which a class of a jar that is sealed, or signed and then changed, is refused as well. */
    @Test
    void shouldLeaveOutAClassThatJavaForbids() throws IOException {
        makeJar("forbidden", Map.of("Good", GOOD), Set.of(), "java.acme.Evil", "acme.Good");
        try (FileSystem jar = FileSystems.newFileSystem(directory.resolve("jars/forbidden.jar"))) {
            Files.createDirectories(jar.getPath("java/acme"));
            Files.copy(jar.getPath("acme/Good.class"), jar.getPath("java/acme/Evil.class"));
        }
        try (LoadedComponents<ParameterDeclarations> loaded = load()) {
            assertThat(loaded.components()).hasSize(1);
            assertThat(loaded.failures())
                    .singleElement()
                    .asString()
                    .contains("forbidden.jar", "java.acme.Evil", "SecurityException");
        }
    }

    @Test
    void shouldNameBothJarsOfTwoThatHaveAComponentOfOneName() throws IOException {
        makeJar("one", Map.of("Good", GOOD), Set.of(), "acme.Good");
        makeJar("two", Map.of("Good", GOOD), Set.of(), "acme.Good");
        try (LoadedComponents<ParameterDeclarations> loaded = loadKind()) {
            assertThat(loaded.components()).singleElement().satisfies(one -> assertThat(
                            one.getClass().getClassLoader().getName())
                    .endsWith("one.jar"));
            assertThat(loaded.failures())
                    .singleElement()
                    .asString()
                    .containsSubsequence("two.jar: ", "a second gizmo called \"Good\"", "one.jar");
        }
    }

    @Test
    void shouldNameBothJarsOfTwoWhoseComponentsDeclareOneParameter() throws IOException {
        makeJar("one", Map.of("Good", GOOD), Set.of(), "acme.Good");
        makeJar("two", Map.of("Better", GOOD.replace("Good", "Better")), Set.of(), "acme.Better");
        try (LoadedComponents<ParameterDeclarations> loaded = loadKind()) {
            assertThat(loaded.components()).hasSize(1);
            assertThat(loaded.failures())
                    .singleElement()
                    .asString()
                    .containsSubsequence("two.jar: ", "acme.Better", "\"acme_depth\"", "one.jar");
        }
    }

    @Test
    void shouldSearchADirectoryOnceThatIsNamedTwice() throws IOException {
        makeJar("good", Map.of("Good", GOOD), Set.of(), "acme.Good");
        Path jars = directory.resolve("jars");
        Path other = Files.createSymbolicLink(directory.resolve("other"), jars);
        try (LoadedComponents<ParameterDeclarations> loaded = ComponentLoader.create(
                        List.of(jars, other, jars.resolve("../jars")), ComponentLoader.SPI_PACKAGES)
                .load(ParameterDeclarations.class)) {
            assertThat(loaded.components()).hasSize(1);
            assertThat(loaded.failures()).isEmpty();
        }
    }

    @Test
    void shouldLoadFromADirectoryThatIsCalledAsNothingInAUrlMayBe() throws IOException {
        makeJar("good", Map.of("Good", GOOD), Set.of(), "acme.Good");
        Path odd = Files.move(directory.resolve("jars"), directory.resolve("100% #odd!"));
        try (LoadedComponents<ParameterDeclarations> loaded = ComponentLoader.create(
                        List.of(odd), ComponentLoader.SPI_PACKAGES)
                .load(ParameterDeclarations.class)) {
            assertThat(loaded.failures()).isEmpty();
            assertThat(loaded.components()).hasSize(1);
        }
    }

    @Test
    void shouldReadAJarAnewThatHasReplacedOneThatWasClosed() throws IOException {
        makeJar("jar", Map.of("Good", GOOD), Set.of(), "acme.Good");
        load().close();
        makeJar("next", Map.of("Other", EMPTY.formatted("Other")), Set.of(), "acme.Other");
        Path jars = directory.resolve("jars");
        Files.move(jars.resolve("next.jar"), jars.resolve("jar.jar"), StandardCopyOption.REPLACE_EXISTING);
        try (LoadedComponents<ParameterDeclarations> loaded = load()) {
            assertThat(loaded.failures()).isEmpty();
            assertThat(loaded.components())
                    .extracting(component -> component.getClass().getName())
                    .containsExactly("acme.Other");
        }
    }

    @Test
    void shouldNotWaitForWhoeverMayWriteToAPipe() throws IOException, InterruptedException {
        makeJar("good", Map.of("Good", GOOD), Set.of(), "acme.Good");
        Path pipe = directory.resolve("jars/a.jar");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        LoadedComponents<ParameterDeclarations> loaded = assertTimeoutPreemptively(Duration.ofSeconds(30), this::load);
        try (loaded) {
            assertThat(loaded.components()).hasSize(1);
            assertThat(loaded.failures()).singleElement().asString().contains("a.jar", "no regular file");
        }
    }

    @Test
    void shouldHideOurLibrariesFromAComponent() throws IOException {
        makeJar("peeking", Map.of("Peeker", PEEKING), Set.of(), "acme.Peeker");
        try (LoadedComponents<ParameterDeclarations> loaded = load()) {
            assertThat(loaded.components()).isEmpty();
            assertThat(loaded.failures())
                    .singleElement()
                    .asString()
                    .contains("ClassNotFoundException: com.typesafe.config.Config");
        }
    }

    @Test
    void shouldKeepComponentsOfTwoJarsApart() throws IOException {
        makeJar("one", Map.of("Good", GOOD), Set.of(), "acme.Good");
        makeJar("two", Map.of("Good", GOOD), Set.of(), "acme.Good");
        try (LoadedComponents<ParameterDeclarations> loaded = load()) {
            assertThat(loaded.components())
                    .hasSize(2)
                    .extracting(component -> component.getClass().getClassLoader())
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void shouldSayWhichJarOrDirectoryCannotBeRead() throws IOException {
        try (LoadedComponents<ParameterDeclarations> loaded = load()) {
            assertThat(loaded.failures())
                    .singleElement()
                    .asString()
                    .contains("jars")
                    .contains("mca_component_path");
        }
        Files.writeString(Files.createDirectories(directory.resolve("jars")).resolve("broken.jar"), "no jar");
        try (LoadedComponents<ParameterDeclarations> loaded = load()) {
            assertThat(loaded.failures()).singleElement().asString().contains("broken.jar: cannot be opened");
        }
    }

    @Test
    void shouldFindProvidersOnTheClassPathAndNameTheBrokenOnes() {
        try (LoadedComponents<Probe> loaded =
                ComponentLoader.create(List.of(), Set.of()).load(Probe.class)) {
            assertThat(loaded.components()).extracting(Object::getClass).containsExactly(Probe.Working.class);
            assertThat(loaded.failures())
                    .extracting(ComponentFailure::reason)
                    .satisfiesExactly(
                            reason -> assertThat(reason).contains("io.openib.mca.Absent"),
                            reason ->
                                    assertThat(reason).contains("Probe$Broken").contains("no probe today"));
        }
    }

    /** A service with providers on the test class path. */
    public interface Probe {
        /** One that works. */
        final class Working implements Probe {
            /** Made by the loader. */
            public Working() {}
        }

        /** One that does not. */
        final class Broken implements Probe {
            /** Made by the loader. */
            public Broken() {
                throw new IllegalStateException("no probe today");
            }
        }
    }
}
