package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.openib.tests.system.Openib;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a job needs and does not get is told with its remedy. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MissingResourceTest {
    /** Runs what follows where /dev/shm has 64 KiB. */
    private static final List<String> LITTLE_SHARED_MEMORY = List.of(
            "unshare",
            "--mount",
            "--map-root-user",
            "sh",
            "-c",
            "mount -t tmpfs -o size=64k none /dev/shm && exec \"$0\" \"$@\"");

    private static Openib.Outcome runWithLittleSharedMemory(String... command) {
        List<String> line = new ArrayList<>(LITTLE_SHARED_MEMORY);
        line.addAll(List.of(command));
        try (Openib openib = Openib.startCommand(Map.of(), line)) {
            return openib.end();
        }
    }

    private static Openib.Outcome ringWithLittleSharedMemory(String spare) {
        assumeTrue(runWithLittleSharedMemory("true").status() == 0, "needs to mount a tmpfs (user namespaces)");
        return runWithLittleSharedMemory(
                Openib.HOME.resolve("openib").toString(),
                "run",
                "-n",
                "2",
                "--mca",
                "soft_shm_dir",
                spare,
                "ring",
                "--laps",
                "10");
    }

    @Test
    void shouldListTheWireupsWhenOneIsUnknown() {
        BadInputTest.pingpong("btl_openib_cpc", "xoob")
                .hasStatus(2)
                .tells("no wireup is called \"xoob\"")
                .tells("wireup oob: ", "available")
                .tells("wireup rdmacm: ", "available");
    }

    @Test
    void shouldSayThatAPortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            BadInputTest.pingpong("btl_openib_connect_oob_port", port)
                    .hasStatus(1)
                    .tells(port, "btl_openib_connect_oob_port");
        }
    }

    /** The one that was chosen cannot run, the other one could: both are told. */
    @Test
    void shouldTellOfTheWireupThatWouldBeUsable() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = Integer.toString(taken.getLocalPort());
            Openib.Outcome outcome = BadInputTest.pingpong(
                            "btl_openib_cpc", "rdmacm", "btl_openib_connect_rdmacm_port", port)
                    .hasStatus(1)
                    .tells("no wireup of btl_openib_cpc = rdmacm (command line --mca btl_openib_cpc) can be used")
                    .tells("  wireup rdmacm: not available, ", port, "btl_openib_connect_rdmacm_port")
                    .tells("  wireup oob: available, on soft0:1");
            assertThat(outcome.err()).as(outcome.toString()).hasSize(3);
            assertThat(outcome.out()).as(outcome.toString()).isEmpty();
        }
    }

    @Test
    void shouldUseTheSpareFolderWhenSharedMemoryIsFull() {
        Openib.Outcome outcome = ringWithLittleSharedMemory(System.getProperty("java.io.tmpdir"));

        outcome.hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).anyMatch(line -> line.contains("/dev/shm"));
    }

    @Test
    void shouldSayHowMuchSharedMemoryIsMissing() {
        Openib.Outcome outcome = ringWithLittleSharedMemory("/proc/nowhere");

        outcome.hasStatus(1).tells("/dev/shm", "soft_shm_dir");
    }
}
