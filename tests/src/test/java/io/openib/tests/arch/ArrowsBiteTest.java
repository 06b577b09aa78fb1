package io.openib.tests.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** For each way of holding an arrow: one forbidden import is compiled, and refused. */
@Timeout(120)
final class ArrowsBiteTest {
    private static final String OOB_NAMES_TRANSPORT =
            """
            package io.openib.wireup.oob;
            final class Forbidden { io.openib.btl.openib.OpenibComponent component; }
            """;

    private static final String OOB_NAMES_CONTRACT =
            """
            package io.openib.wireup.oob;
            final class Permitted { io.openib.wireup.WireupComponent component; }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void shouldBeRefusedByMavensClassPath() throws Exception {
        List<String> path = List.of("-cp", ClassPaths.join(withLibraries(Arrows.module("wireup-oob"))));

        assertThat(compile(path, Map.of("io/openib/wireup/oob/Forbidden.java", OOB_NAMES_TRANSPORT)))
                .contains("package io.openib.btl.openib does not exist");
        assertThat(compile(path, Map.of("io/openib/wireup/oob/Permitted.java", OOB_NAMES_CONTRACT)))
                .isEmpty();
    }

    @Test
    void shouldBeRefusedByTheEnforcer() throws Exception {
        House house = House.copied(folder);
        house.addDependency("runtime", "io.openib", "verbs");
        house.addDependency("btl", "io.netty", "netty-transport");

        assertThat(house.validated("runtime", "btl"))
                .contains("io.openib:verbs:jar:0.1.0-SNAPSHOT <--- banned")
                .contains("io.netty:netty-transport:jar:")
                .contains("the design has no such arrow");
    }

    @Test
    void shouldLetTheEnforcerPassTheHouseAsItIs() throws Exception {
        assertThat(House.copied(folder).validated("runtime", "btl")).contains("BUILD SUCCESS");
    }

    @Test
    void shouldBeRefusedByTheModuleSystem() throws Exception {
        assertThat(compile(modulePath(), Map.of("io/openib/wireup/oob/Forbidden.java", OOB_NAMES_TRANSPORT)))
                .contains("package io.openib.btl.openib is not visible");
        assertThat(compile(modulePath(), Map.of("io/openib/wireup/oob/Permitted.java", OOB_NAMES_CONTRACT)))
                .isEmpty();
    }

    @Test
    void shouldBeRefusedAsAnArrowBetweenModules() throws Exception {
        assertRefused(HouseRules.MODULE_ARROWS, Map.of("io/openib/wireup/oob/Forbidden.java", OOB_NAMES_TRANSPORT));
    }

    @Test
    void shouldBeRefusedAsAThirdPartyOutOfItsConfines() throws Exception {
        assertRefused(
                HouseRules.CONFINED_THIRD_PARTIES,
                Map.of(
                        "io/openib/wireup/rdmacm/Forbidden.java",
                        """
                        package io.openib.wireup.rdmacm;
                        final class Forbidden { io.netty.channel.Channel channel; }
                        """));
    }

    @Test
    void shouldBeRefusedBetweenSiblingsOfTheTransport() throws Exception {
        assertRefused(
                HouseRules.OPENIB_RANKS,
                Map.of(
                        "io/openib/btl/openib/endpoint/Forbidden.java",
                        """
                        package io.openib.btl.openib.endpoint;
                        final class Forbidden { io.openib.btl.openib.fastpath.Target target; }
                        """,
                        "io/openib/btl/openib/fastpath/Target.java",
                        "package io.openib.btl.openib.fastpath; public final class Target {}"));
    }

    /** The arrow from their module is one of the design; from them it is none. */
    @Test
    void shouldBeRefusedToProgramsThatNameATransport() throws Exception {
        Map<String, String> sources = Map.of(
                "io/openib/cli/programs/Forbidden.java",
                """
                package io.openib.cli.programs;
                final class Forbidden { io.openib.btl.openib.OpenibComponent component; }
                """);
        assertRefused(HouseRules.PROGRAMS_BY_THE_CONTRACT, sources);
        assertThat(HouseRules.MODULE_ARROWS
                        .evaluate(new ClassFileImporter().importPath(folder.resolve("classes")))
                        .hasViolation())
                .isFalse();
    }

    @Test
    void shouldBeRefusedAsAPackageCycle() throws Exception {
        assertRefused(
                HouseRules.NO_PACKAGE_CYCLES,
                Map.of(
                        "io/openib/mca/there/A.java",
                        "package io.openib.mca.there; public final class A { io.openib.mca.back.B b; }",
                        "io/openib/mca/back/B.java",
                        "package io.openib.mca.back; public final class B { io.openib.mca.there.A a; }"));
    }

    private void assertRefused(ArchRule rule, Map<String, String> sources) throws IOException {
        assertThat(compile(List.of("-cp", System.getProperty("java.class.path")), sources))
                .as("the forbidden import compiles where all is on one path")
                .isEmpty();
        JavaClasses classes = new ClassFileImporter().importPath(folder.resolve("classes"));

        assertThat(rule.evaluate(classes).hasViolation())
                .as("violates: %s", rule.getDescription())
                .isTrue();
    }

    private static List<Path> withLibraries(Arrows.Module module) {
        return Stream.concat(ClassPaths.ofMaven(module).stream(), ClassPaths.libraries().stream())
                .toList();
    }

    private List<String> modulePath() {
        List<Path> modules = new ArrayList<>(ClassPaths.libraries());
        Arrows.MODULES.forEach(module -> modules.add(ClassPaths.mainClasses(module)));
        return List.of(
                "--module-path",
                ClassPaths.join(modules),
                "--add-modules",
                "io.openib.wireup.oob,io.openib.btl.openib",
                "--patch-module",
                "io.openib.wireup.oob=" + folder.resolve("sources"));
    }

    /** What the compiler says, empty when it is content. */
    private String compile(List<String> options, Map<String, String> sources) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = folder.resolve("sources").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            files.add(Files.writeString(file, source.getValue()));
        }
        Path classes = Files.createDirectories(folder.resolve("classes"));
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("-proc:none", "-d", classes.toString()));
        StringWriter said = new StringWriter();
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager fileManager = javac.getStandardFileManager(null, null, null)) {
            boolean isContent = javac.getTask(
                            said, fileManager, null, arguments, null, fileManager.getJavaFileObjectsFromPaths(files))
                    .call();
            return isContent ? "" : "refused: " + said;
        }
    }
}
