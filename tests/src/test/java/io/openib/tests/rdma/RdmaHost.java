package io.openib.tests.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The RDMA devices of this machine, and its commands. */
final class RdmaHost {
    /** What {@code tests/soft-roce} has jobs run with; nothing elsewhere. */
    private static final String JAVA_OPTIONS = System.getProperty("openib.tests.job_options", "");

    private static final Path DEVICES = Path.of("/sys/class/infiniband");

    private RdmaHost() {}

    /** The environment of a job that may use RDMA devices alone, so that what it does it has done on one. */
    static Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(quickStart());
        environment.put("OMPI_MCA_verbs_provider", "jna");
        String calls = System.getenv("OMPI_MCA_verbs_native_calls");
        if (calls != null) {
            environment.put("OMPI_MCA_verbs_native_calls", calls);
        }
        return environment;
    }

    /** The environment of a job that may use any device. */
    static Map<String, String> quickStart() {
        return JAVA_OPTIONS.isEmpty() ? Map.of() : Map.of("JDK_JAVA_OPTIONS", JAVA_OPTIONS);
    }

    /** The error stream without the line by which each Java tells of {@link #quickStart}. */
    static List<String> errors(Openib.Outcome outcome) {
        String note = "NOTE: Picked up JDK_JAVA_OPTIONS: " + JAVA_OPTIONS;
        return outcome.err().stream().filter(line -> !line.equals(note)).toList();
    }

    /** Names, sorted. */
    static List<String> devices() throws IOException {
        try (Stream<Path> found = Files.list(DEVICES)) {
            return found.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    /** The network device below a device's port 1. */
    static String netdev(String device) throws IOException {
        return Files.readString(DEVICES.resolve(device + "/ports/1/gid_attrs/ndevs/0"))
                .strip();
    }

    /** An IPv4 address of a device. */
    static InetAddress address(String device) throws IOException {
        return NetworkInterface.getByName(netdev(device))
                .inetAddresses()
                .filter(address -> address instanceof Inet4Address)
                .findFirst()
                .orElseThrow(() -> new AssertionError(device + " has no IPv4 address"));
    }

    /** Starts a command. */
    static Openib start(String... command) {
        return Openib.startCommand(Map.of(), List.of(command));
    }

    /** Runs a command that has to succeed. */
    static Openib.Outcome run(String... command) {
        try (Openib running = start(command)) {
            return running.end().hasStatus(0);
        }
    }

    /** Asserts that a process has left nothing in the kernel. */
    static void assertNothingIsHeldBy(long pid) {
        Openib.Outcome held = run("rdma", "resource", "show", "qp");
        assertThat(held.out()).as("queue pairs of " + pid).noneMatch(line -> line.contains(" pid " + pid + " "));
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive))
                .as("process " + pid)
                .isEmpty();
    }
}
