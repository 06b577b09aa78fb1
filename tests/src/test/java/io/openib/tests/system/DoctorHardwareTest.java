package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib.Outcome;
import io.openib.tests.system.foreign.PretendedHardware;
import io.openib.verbs.VerbsProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code openib doctor} calls usable hardware is what a job would use. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DoctorHardwareTest {
    private static final String LIMIT = "-D" + PretendedHardware.LOCKS_NOTHING + "=true";
    private static final String PLACE = PretendedHardware.DEVICE + ":1";

    private final Path folder;

    DoctorHardwareTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        Path services = folder.resolve("META-INF/services").resolve(VerbsProvider.class.getName());
        Files.createDirectories(services.getParent());
        Files.writeString(services, PretendedHardware.class.getName());
    }

    private String summary(String option, String... mca) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), option));
        command.addAll(List.of("-cp", folder + ":" + System.getProperty("java.class.path")));
        command.addAll(List.of("io.openib.cli.Main", "doctor", "--json"));
        // Nothing of what this machine may have.
        command.addAll(List.of(
                "--mca", "verbs_ibverbs_library", folder.resolve("none.so").toString()));
        for (int i = 0; i < mca.length; i += 2) {
            command.addAll(List.of("--mca", mca[i], mca[i + 1]));
        }
        try (Openib openib = Openib.startCommand(Map.of(), command)) {
            Outcome outcome = openib.end().hasStatus(0);
            String last = outcome.out().get(outcome.out().size() - 1);
            assertThat(last).as(outcome.toString()).contains("\"doctor\":\"summary\"", "\"can_run\":true");
            return last;
        }
    }

    @Test
    void shouldCountAPortOnWhichATransportOpens() {
        assertThat(summary("-Xshare:auto")).contains("\"hardware\":[\"" + PLACE + "\"]", "oob on " + PLACE);
    }

    @Test
    void shouldNotCountAPortWhoseMemoryNobodyMayLock() {
        assertThat(summary(LIMIT))
                .contains("\"hardware\":[]", PLACE + ", wireup oob: ", "RLIMIT_MEMLOCK is 0 KiB", "oob on soft0:1")
                .doesNotContain("oob on " + PLACE);
    }

    @Test
    void shouldNotCountWhatTheParametersLeaveOut() {
        assertThat(summary("-Xshare:auto", "btl_openib_if_exclude", PretendedHardware.DEVICE))
                .contains("\"hardware\":[]", PLACE + ", wireup oob: left out by btl_openib_if_exclude");
        assertThat(summary("-Xshare:auto", "verbs_provider", "^pretended"))
                .contains("\"hardware\":[]", "pretended: left out by verbs_provider = ^pretended");
    }
}
