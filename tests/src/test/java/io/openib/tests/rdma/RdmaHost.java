package io.openib.tests.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import io.openib.verbs.ActivePort;
import io.openib.verbs.VerbsProvider;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The RDMA devices of this machine, and its commands. */
final class RdmaHost {
    /** What {@code tests/soft-roce} has jobs run with; nothing elsewhere. */
    private static final String JAVA_OPTIONS = System.getProperty("openib.tests.job_options", "");

    private static final long LIMIT_S = Long.getLong("openib.tests.deadline_s", 50);

    private static final Pattern OWNER = Pattern.compile(" pid (\\d+) ");
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

    /** The provider of RDMA devices. */
    static VerbsProvider provider() {
        return ServiceLoader.load(VerbsProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals("jna"))
                .findFirst()
                .orElseThrow();
    }

    /** The port to test on where one will do. */
    static ActivePort port() {
        return ActivePort.firstOf(provider());
    }

    /** Names, sorted. */
    static List<String> devices() throws IOException {
        try (Stream<Path> found = Files.list(DEVICES)) {
            return found.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    /** The network device below a port. */
    static String netdev(ActivePort port) throws IOException {
        return Files.readString(DEVICES.resolve(port.device() + "/ports/" + port.number() + "/gid_attrs/ndevs/0"))
                .strip();
    }

    /** An IPv4 address of a port. */
    static InetAddress address(ActivePort port) throws IOException {
        return NetworkInterface.getByName(netdev(port))
                .inetAddresses()
                .filter(address -> address instanceof Inet4Address)
                .findFirst()
                .orElseThrow(() -> new AssertionError(port + " has no IPv4 address"));
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

    /** Returns when a process has made queue pairs. */
    static void awaitQueuePairsOf(long pid) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
        Path threads = Path.of("/proc", Long.toString(pid), "task");
        while (queuePairs().stream()
                .noneMatch(line -> isOfThread(line, thread -> Files.exists(threads.resolve(thread))))) {
            assertThat(System.nanoTime() - deadlineNs)
                    .as("process %s has no queue pairs", pid)
                    .isNegative();
        }
    }

    private static List<String> queuePairs() {
        return run("rdma", "resource", "show", "qp").out().stream()
                .filter(line -> line.contains(" type RC "))
                .toList();
    }

    /** The kernel tells the thread that made it, and none if that has ended. */
    private static boolean isOfThread(String queuePair, Predicate<Path> wanted) {
        Matcher owner = OWNER.matcher(queuePair);
        return owner.find() && wanted.test(Path.of(owner.group(1)));
    }

    /** Queue pairs whose owner cannot be seen: of a thread that has ended, as others may have, of the kernel's, or of another container. */
    static Set<String> ownerless() {
        return queuePairs().stream()
                .filter(line -> !line.contains(" comm [")
                        && !isOfThread(
                                line, thread -> Files.exists(Path.of("/proc").resolve(thread))))
                .map(line -> line.replaceFirst("(lqpn \\d+).*", "$1"))
                .collect(Collectors.toSet());
    }

    /** Asserts that a process, and whatever job it was of, has left nothing in the kernel that was not there before. */
    static void assertNothingIsHeldBy(long pid, Set<String> before) {
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive))
                .as("process " + pid)
                .isEmpty();
        assertThat(ownerless()).as("queue pairs of nobody").isSubsetOf(before);
    }
}
