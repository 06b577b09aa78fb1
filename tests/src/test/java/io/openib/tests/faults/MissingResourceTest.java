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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a job needs and does not get is told with its remedy. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MissingResourceTest {
    private static final long LITTLE_BYTES = 64 << 10;

    /** How /dev/shm is mounted where it has little room. */
    private static final String LITTLE = "size=" + LITTLE_BYTES;

    private static final String READ_ONLY = "ro";

    private static final Pattern NO_ROOM =
            Pattern.compile(".*: (\\d+) bytes needed, (\\d+) free in /dev/shm/\\S+ and (\\d+) in /proc/openib-.*");

    /** Where /dev/shm is mounted by these options, for the command alone. */
    private static Openib.Outcome runWithSharedMemory(String options, String... command) {
        List<String> line = new ArrayList<>(List.of("unshare", "--mount", "--map-root-user", "sh", "-c"));
        line.add("mount -t tmpfs -o " + options + " none /dev/shm && exec \"$0\" \"$@\"");
        line.addAll(List.of(command));
        try (Openib openib = Openib.startCommand(Map.of(), line)) {
            return openib.end();
        }
    }

    private static boolean mayMount(String options) {
        try {
            return runWithSharedMemory(options, "true").status() == 0;
        } catch (AssertionError e) {
            return false; // there is no unshare
        }
    }

    private static Openib.Outcome ringWithSharedMemory(String options, String spare) {
        return openibWithSharedMemory(
                options, "run", "-n", "2", "--mca", "soft_shm_dir", spare, "ring", "--laps", "10");
    }

    private static Openib.Outcome openibWithSharedMemory(String options, String... arguments) {
        assumeTrue(mayMount(options), "needs to mount a tmpfs (user namespaces)");
        List<String> command =
                new ArrayList<>(List.of(Openib.HOME.resolve("openib").toString()));
        command.addAll(List.of(arguments));
        return runWithSharedMemory(options, command.toArray(String[]::new));
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
                            "btl_openib_cpc",
                            "rdmacm",
                            "btl_openib_connect_rdmacm_port",
                            port,
                            "verbs_provider",
                            "soft")
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
        Openib.Outcome outcome = ringWithSharedMemory(LITTLE, System.getProperty("java.io.tmpdir"));

        outcome.hasStatus(0);
        assertThat(outcome.err())
                .as("once a rank: " + outcome)
                .filteredOn(line -> line.contains("/dev/shm"))
                .hasSize(2);
    }

    @Test
    void shouldSayHowMuchSharedMemoryIsMissing() {
        Openib.Outcome outcome =
                ringWithSharedMemory(LITTLE, "/proc").hasStatus(1).tells("no room for shared memory", "soft_shm_dir");

        Matcher told = outcome.err().stream()
                .map(NO_ROOM::matcher)
                .filter(Matcher::matches)
                .findFirst()
                .orElseThrow(() -> new AssertionError(outcome));
        long needed = Long.parseLong(told.group(1));
        assertThat(Long.parseLong(told.group(2))).isBetween(1L, Math.min(LITTLE_BYTES, needed - 1));
        assertThat(told.group(3)).as("free in a folder that is none").isEqualTo("0");
    }

    @Test
    void shouldSayBeforeAJobThatThereIsTooLittleSharedMemory() {
        Openib.Outcome outcome = openibWithSharedMemory(
                        "size=1m", "doctor", "--mca", "verbs_provider", "soft", "--mca", "soft_shm_dir", "/proc")
                .hasStatus(1);
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(line -> line.startsWith("ok       soft, shared memory: /dev/shm/openib-")
                        && line.contains("with 1048576 bytes free"))
                .anyMatch(line ->
                        line.startsWith("FAILED   soft0:1, wireup oob: ") && line.contains("no room for shared memory"))
                .anyMatch(line -> line.contains("no job can run"));
    }

    @Test
    void shouldUseTheSpareFolderWhenSharedMemoryIsReadOnly() {
        Openib.Outcome outcome = ringWithSharedMemory(READ_ONLY, System.getProperty("java.io.tmpdir"))
                .hasStatus(0)
                .tells(
                        "/dev/shm cannot be used",
                        "Read-only file system",
                        "using " + System.getProperty("java.io.tmpdir"));
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(line -> line.contains("20 messages, all contents right"));
        assertThat(outcome.err())
                .as("once a rank: " + outcome)
                .filteredOn(line -> line.contains("/dev/shm cannot be used"))
                .hasSize(2);
    }

    @Test
    void shouldSayThatNoFolderCanBeWritten() {
        ringWithSharedMemory(READ_ONLY, "/proc")
                .hasStatus(1)
                .tells("/dev/shm cannot be used", "Read-only file system")
                .tells("neither /dev/shm nor /proc can be used", "set soft_shm_dir to a folder that can");
    }
}
