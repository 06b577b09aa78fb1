package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import io.openib.tests.system.Openib.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Native libraries that are not what they should be: a job goes on with one line, or is not started, with one line. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BrokenStackTest {
    private static final int E_MACHINE = 18;
    private static final byte EM_RISCV = (byte) 243;
    private static final int SOME_PAGES = 10_000;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    private static byte[] someLibrary() throws IOException {
        return Files.readAllBytes(Path.of(System.getProperty("java.home"), "lib", "libzip.so"));
    }

    private Path truncated() throws IOException {
        return Files.write(folder.resolve("half.so"), Arrays.copyOf(someLibrary(), SOME_PAGES));
    }

    private Path ofAnotherProcessor() throws IOException {
        byte[] other = someLibrary();
        other[E_MACHINE] = EM_RISCV;
        return Files.write(folder.resolve("foreign.so"), other);
    }

    private static Outcome ring(String... mca) {
        List<String> command = new ArrayList<>(List.of("run", "-n", "3"));
        for (int i = 0; i < mca.length; i += 2) {
            command.addAll(List.of("--mca", mca[i], mca[i + 1]));
        }
        command.addAll(List.of("ring", "--laps", "5"));
        return Openib.run(command.toArray(String[]::new));
    }

    /** By the launcher: of 64 ranks nobody wants to hear it 64 times. */
    private static void assertToldOnce(Outcome outcome, String... texts) {
        outcome.hasStatus(1).tells(texts);
        assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
        assertThat(outcome.out()).as(outcome.toString()).isEmpty();
    }

    private static void assertWentOn(Outcome outcome, String... texts) {
        outcome.hasStatus(0).tells(texts);
        assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("over soft0:1"));
    }

    @Test
    void shouldTellOnceThatTheLibraryIsTruncated() throws IOException {
        String half = truncated().toString();
        assertToldOnce(
                ring("verbs_provider", "jna", "verbs_ibverbs_library", half),
                "openib run: ",
                "verbs_provider = jna",
                half + " is truncated",
                "; install");
        assertWentOn(ring("verbs_ibverbs_library", half), "Not used: jna: " + half + " is truncated");
    }

    @Test
    void shouldTellOnceThatTheLibraryIsOfAnotherProcessor() throws IOException {
        String foreign = ofAnotherProcessor().toString();
        assertToldOnce(
                ring("verbs_provider", "jna", "verbs_ibverbs_library", foreign), foreign, "riscv", "this Java is ");
        assertWentOn(ring("verbs_ibverbs_library", foreign), "Not used: jna: " + foreign, "riscv");
    }

    @Test
    void shouldTellOnceThatTheLibraryIsMissing() {
        String nowhere = folder.resolve("libibverbs.so.1").toString();
        assertToldOnce(ring("verbs_provider", "jna", "verbs_ibverbs_library", nowhere), nowhere);
        assertWentOn(ring("verbs_ibverbs_library", nowhere), "Not used: jna: ", nowhere);
    }

    /** It is for a wireup of devices that are not here. */
    @Test
    void shouldRunWithoutTheLibraryOfTheConnectionManager() {
        String nowhere = folder.resolve("librdmacm.so.1").toString();
        Outcome outcome = ring("verbs_rdmacm_library", nowhere, "btl_openib_cpc", "rdmacm,oob")
                .hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        Outcome doctor =
                Openib.run("doctor", "--mca", "verbs_rdmacm_library", nowhere).hasStatus(0);
        assertThat(doctor.out())
                .as(doctor.toString())
                .anyMatch(line -> line.contains("jna, librdmacm: ") && line.contains(nowhere));
    }
}
