package io.openib.tests.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.AssertionFailedError;

/** The house as it stands: main code of all modules keeps every arrow, in each of the three places that hold it. */
@Timeout(120)
final class ArchitectureTest {
    private static final int FIRST_FOREIGN_RELEASE = 22;

    private static JavaClasses classes = new ClassFileImporter().importPackagesOf();

    @BeforeAll
    static void importMainCode() {
        classes = new ClassFileImporter()
                .importLocations(modules()
                        .map(module -> Location.of(ClassPaths.mainClasses(module)))
                        .collect(Collectors.toSet()));
        assertThat(classes).as("main classes of all modules").hasSizeGreaterThan(100);
    }

    @Test
    void shouldGoOnlyAlongTheArrowsOfTheDesign() {
        HouseRules.MODULE_ARROWS.check(classes);
    }

    @Test
    void shouldNameThirdPartiesOnlyWhereTheyAreConfined() {
        HouseRules.CONFINED_THIRD_PARTIES.check(classes);
    }

    @Test
    void shouldUseNettyAsEitherReleaseHasIt() {
        HouseRules.NETTY_OF_EITHER_RELEASE.check(classes);
    }

    @Test
    void shouldRankThePackagesOfTheTransport() {
        HouseRules.OPENIB_RANKS.check(classes);
    }

    @Test
    void shouldWriteTheProgramsAgainstTheContractAlone() {
        HouseRules.PROGRAMS_BY_THE_CONTRACT.check(classes);
    }

    @Test
    void shouldHaveNoPackageCycle() {
        HouseRules.NO_PACKAGE_CYCLES.check(classes);
    }

    static Stream<Arrows.Module> modules() {
        boolean hasForeignCalls = Runtime.version().feature() >= FIRST_FOREIGN_RELEASE
                && Files.isDirectory(ClassPaths.mainClasses(Arrows.FOREIGN_CALLS));
        return Stream.concat(
                Arrows.MODULES.stream(), hasForeignCalls ? Stream.of(Arrows.FOREIGN_CALLS) : Stream.empty());
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldDrawTheSameArrowsInMaven(Arrows.Module module) {
        assertThat(module.arrows())
                .as("pom.xml of %s names no other module of the project", module.artifact())
                .containsAll(Poms.arrows(module.artifact()))
                .as("property arrows in pom.xml of %s", module.artifact())
                .containsAll(Poms.enforcedArrows(module.artifact()));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldDrawTheSameArrowsInTheModuleSystem(Arrows.Module module) {
        Set<String> allowed = module.arrows().stream()
                .map(artifact -> Arrows.module(artifact).javaModule())
                .collect(Collectors.toSet());

        Set<String> required = descriptor(module).requires().stream()
                .map(ModuleDescriptor.Requires::name)
                .filter(name -> name.startsWith("io.openib"))
                .collect(Collectors.toSet());

        assertThat(allowed).as("module-info of %s", module.artifact()).containsAll(required);
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldProvideTheSameServicesOnBothPaths(Arrows.Module module) throws Exception {
        Set<String> provided = new TreeSet<>();
        for (ModuleDescriptor.Provides provides : descriptor(module).provides()) {
            provides.providers().forEach(provider -> provided.add(provides.service() + "=" + provider));
        }

        assertThat(servicesOnTheClassPath(module))
                .as("META-INF/services of %s", module.artifact())
                .isEqualTo(provided);
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldDescribeEveryPackageAndPublicType(Arrows.Module module) throws Exception {
        Path sources = ClassPaths.base().resolve(module.artifact()).resolve("src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                assertThat(file.resolveSibling("package-info.java").toFile().exists()
                                || file.endsWith("module-info.java"))
                        .as("package-info.java beside %s", file)
                        .isTrue();
                assertThat(SourceText.undocumentedPublicType(Files.readString(file)))
                        .as("public type without Javadoc in %s", file)
                        .isEmpty();
            }
        }
    }

    private static ModuleDescriptor descriptor(Arrows.Module module) {
        return ModuleFinder.of(ClassPaths.mainClasses(module)).findAll().stream()
                .findFirst()
                .orElseThrow(() -> new AssertionFailedError("no module-info in " + module.artifact()))
                .descriptor();
    }

    private static Set<String> servicesOnTheClassPath(Arrows.Module module) throws Exception {
        Path folder = ClassPaths.base().resolve(module.artifact()).resolve("src/main/resources/META-INF/services");
        Set<String> services = new TreeSet<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.readAllLines(file).stream()
                            .map(line -> line.replaceFirst("#.*", "").strip())
                            .filter(line -> !line.isEmpty())
                            .forEach(line -> services.add(file.getFileName() + "=" + line));
                }
            }
        }
        return services;
    }
}
