package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.helpers.NOP_FallbackServiceProvider;
import org.slf4j.spi.SLF4JServiceProvider;

/** A program of somebody else's brings libraries that the transport has, too. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClassPathTest {
    private final Path folder;

    ClassPathTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private Openib.Outcome run(String classPath) {
        return Openib.run("run", "-n", "1", "-cp", classPath, ClassPathRank.class.getName())
                .hasStatus(0);
    }

    @Test
    void shouldPreferTheProgramsOwnLibraries() throws Exception {
        Path netty = Path.of(
                Future.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path own = Files.copy(netty, folder.resolve("netty-of-the-program.jar"));

        Openib.Outcome outcome = run(Openib.TEST_CLASSES + ":" + own);

        assertThat(outcome.out()).as(outcome.toString()).first().asString().endsWith(own.toString());
        assertThat(outcome.out()).as(outcome.toString()).contains("not archived");
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
    }

    @Test
    void shouldLogByTheProgramsOwnBindingWithoutAWarningOfTwo() throws Exception {
        Path service = folder.resolve("META-INF/services").resolve(SLF4JServiceProvider.class.getName());
        Files.createDirectories(service.getParent());
        Files.writeString(service, "# a comment\n" + NOP_FallbackServiceProvider.class.getName() + " # another\n");

        Openib.Outcome outcome = run(Openib.TEST_CLASSES + ":" + folder);

        assertThat(outcome.out()).as(outcome.toString()).last().isEqualTo("org.slf4j.helpers.NOPLogger");
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
    }

    @Test
    void shouldFillWhatTheProgramDoesNotBring() {
        Openib.Outcome outcome = run(Openib.TEST_CLASSES);

        Path archive = Openib.HOME.resolve("cli/target/archives/" + System.getProperty("java.version") + "/rank.jsa");
        assertThat(outcome.out())
                .as(outcome.toString())
                .contains(Files.exists(archive) ? "archived" : "not archived")
                .last()
                .isEqualTo("org.slf4j.simple.SimpleLogger");
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
    }
}
