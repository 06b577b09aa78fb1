package io.openib.tests.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import io.openib.tests.system.Openib.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * What can be wrong with the RDMA stack of a machine, done to the virtual machine of {@code tests/soft-roce/run}, whose files
 * are lost with it: a job goes on with the software device where one can, and says why; the JVM never crashes.
 */
@Tag("rdma")
@Tag("faults")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@EnabledIfEnvironmentVariable(
        named = "SOFT_ROCE_GUEST",
        matches = "1",
        disabledReason = "breaks the machine's own files")
@DisabledIfEnvironmentVariable(named = "SOFT_ROCE_NODE", matches = ".+")
class BadStackTest {
    private static final Path PROVIDER = Path.of("/usr/lib/x86_64-linux-gnu/libibverbs/librxe-rdmav34.so");
    private static final Path NODES = Path.of("/dev/infiniband");
    private static final Path KEPT = Path.of("/tmp/librxe.so");
    /** Root, without what lets root pass over permissions and limits. */
    private static final String[] NO_PRIVILEGE = {"setpriv", "--bounding-set=-dac_override,-dac_read_search,-ipc_lock"};

    private static final String[] RING = {"run", "-n", "2", "ring", "--laps", "5"};
    /** A job of one process, which says the same. */
    private static final String[] ALONE = {"exec", "ring", "--laps", "5"};

    @BeforeEach
    void keep() throws IOException {
        Files.copy(PROVIDER, KEPT, StandardCopyOption.REPLACE_EXISTING);
    }

    @AfterEach
    void mend() throws Exception {
        Files.copy(KEPT, PROVIDER, StandardCopyOption.REPLACE_EXISTING);
        permit("rw-rw-rw-");
        for (String port : List.of("d0", "d1")) {
            link(port, "up");
        }
        for (String device : List.of("rxe0", "rxe1")) {
            awaitActive(Path.of("/sys/class/infiniband", device, "ports/1/state"));
        }
    }

    private static void awaitActive(Path state) throws IOException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!Files.readString(state).contains("ACTIVE")) {
            assertThat(System.nanoTime() - endNs)
                    .as("%s stays %s", state, Files.readString(state))
                    .isNegative();
            Thread.onSpinWait();
        }
    }

    private static void permit(String permissions) throws IOException {
        for (String node : List.of("uverbs0", "uverbs1")) {
            Files.setPosixFilePermissions(NODES.resolve(node), PosixFilePermissions.fromString(permissions));
        }
    }

    private static void link(String port, String state) throws Exception {
        assertThat(new ProcessBuilder("ip", "link", "set", port, state).start().waitFor())
                .isZero();
    }

    private static Outcome unprivileged(String shell, String... arguments) {
        List<String> command = new ArrayList<>(List.of("bash", "-c", shell + " exec \"$@\"", "bash"));
        command.addAll(List.of(NO_PRIVILEGE));
        command.add(Openib.HOME.resolve("openib").toString());
        command.addAll(List.of(arguments));
        try (Openib openib = Openib.startCommand(RdmaHost.quickStart(), command)) {
            return openib.end();
        }
    }

    /** It ran on the software device, and one line of the job says why. */
    private static void assertFellBack(Outcome outcome, String... why) {
        outcome.hasStatus(0);
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("over soft0:1"));
        assertThat(outcome.err().stream().filter(line -> Arrays.stream(why).allMatch(line::contains)))
                .as(outcome.toString())
                .hasSize(1);
    }

    @Test
    void shouldTellWhoMayNotOpenTheDevice() throws Exception {
        permit("---------");
        Outcome ring = unprivileged("", RING);
        assertFellBack(
                ring, "Not used: rxe0: ", "/dev/infiniband/uverbs0", "may not read and write", "---------", "udev");
        Outcome doctor = unprivileged("", "doctor").hasStatus(0);
        assertThat(doctor.out())
                .as(doctor.toString())
                .anyMatch(line -> line.startsWith("FAILED") && line.contains("uverbs0") && line.contains("may not"))
                .anyMatch(line -> line.contains("no RDMA hardware can be used, so jobs run on the software device"));
    }

    @Test
    void shouldGoOnWhereTooLittleMemoryMayBeLocked() {
        String limit = "ulimit -l 64 &&";
        assertFellBack(
                unprivileged(limit, ALONE), "Not used: rxe0:1: ", "RLIMIT_MEMLOCK is 64 KiB", "ulimit -l unlimited");
        Outcome info = unprivileged(limit, "info", "--level", "1").hasStatus(0);
        assertThat(RdmaHost.errors(info)).as(info.toString()).isEmpty();
        assertThat(info.out())
                .as(info.toString())
                .anyMatch(
                        line -> line.startsWith("device jna:") && line.contains("RLIMIT_MEMLOCK is 64 KiB; raise it"));
    }

    @Test
    void shouldGoOnWhenEveryPortIsDown() throws Exception {
        link("d0", "down");
        Outcome one = Openib.run(RdmaHost.quickStart(), ALONE).hasStatus(0);
        assertThat(one.out()).as(one.toString()).anyMatch(line -> line.contains("over rxe1:1"));
        assertThat(RdmaHost.errors(one)).as(one.toString()).isEmpty();
        link("d1", "down");
        assertFellBack(Openib.run(RdmaHost.quickStart(), RING), "Not used: rxe0:1: the port is DOWN", "ip link set");
    }

    @Test
    void shouldGoOnWithoutTheProvidersLibrary() throws Exception {
        Files.delete(PROVIDER);
        assertFellBack(
                Openib.run(RdmaHost.quickStart(), ALONE),
                "Not used: jna: ",
                "the kernel has rxe0, rxe1",
                "ibverbs-providers");
    }

    @Test
    void shouldSurviveATruncatedProvidersLibrary() throws Exception {
        Files.write(PROVIDER, Arrays.copyOf(Files.readAllBytes(KEPT), 4000));
        assertFellBack(
                Openib.run(RdmaHost.quickStart(), ALONE),
                "Not used: jna: ",
                PROVIDER.toString(),
                "truncated",
                "rxe.driver");
    }

    @Test
    void shouldWarnWhenTheNativeCallsThatWereAskedForAreRefused() {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Runtime.version().feature() < 22, "Java 22 and later has java.lang.foreign");
        Map<String, String> environment = new HashMap<>(RdmaHost.quickStart());
        environment.put("OMPI_MCA_verbs_native_calls", "ffm");
        assertFellBack(Openib.run(environment, ALONE), "Not used: jna: verbs_native_calls is ffm");
    }

    @Test
    void shouldTellAWrongDeviceOnceAndWhatWasLeftOut() {
        Outcome wrong = Openib.run(
                        RdmaHost.quickStart(), "run", "-n", "2", "--mca", "btl_openib_if_include", "rxe7", "ring")
                .hasStatus(2);
        assertThat(RdmaHost.errors(wrong)).as(wrong.toString()).hasSize(1);
        wrong.tells("no device or port is called \"rxe7\"", "there is soft0, rxe0, rxe1;", "did you mean \"rxe0\"");
        Outcome info = Openib.run(
                        RdmaHost.quickStart(), "info", "--level", "1", "--mca", "btl_openib_if_exclude", "rxe1")
                .hasStatus(0);
        assertThat(info.out())
                .as(info.toString())
                .anyMatch(line -> line.contains("device rxe1: not available, left out by btl_openib_if_exclude = rxe1"))
                .anyMatch(line -> line.contains("device rxe0:1: available"));
    }

    @Test
    void shouldDiagnoseTheWholeStack() {
        Outcome doctor = Openib.run(RdmaHost.quickStart(), "doctor").hasStatus(0);
        for (String check : List.of(
                "jna, kernel module ib_uverbs: ",
                "jna, /dev/infiniband/uverbs0: may be read",
                "jna, libibverbs: ",
                "jna, native calls: ",
                "jna, rxe0, struct ibv_context: ",
                "jna, rxe0, ibv_context.ops: ",
                "jna, rxe0, struct ibv_device_attr: ",
                "jna, rxe0, struct ibv_port_attr of port 1: ",
                "jna, rxe0, structs ibv_pd, ibv_cq and ibv_qp: ",
                "rxe0:1, link: ACTIVE",
                "rxe0:1, address on the port: 10.9.0.1",
                "rxe0:1, loopback, 1 SEND and 1 WRITE: both arrived whole",
                "rxe0:1, wireup rdmacm: opened")) {
            assertThat(doctor.out())
                    .as(doctor.toString())
                    .anyMatch(line -> line.startsWith("ok ") && line.contains(check));
        }
        assertThat(doctor.out().get(doctor.out().size() - 1)).isEqualTo("RDMA on rxe0:1, rxe1:1");
    }

    @Test
    void shouldDiagnoseForPrograms() throws Exception {
        Outcome doctor = Openib.run(RdmaHost.quickStart(), "doctor", "--json").hasStatus(0);
        var json = new com.fasterxml.jackson.core.JsonFactory();
        for (String line : doctor.out()) {
            try (var parser = json.createParser(line)) {
                while (parser.nextToken() != null) {
                    // Whatever is no JSON throws.
                }
            }
        }
        assertThat(doctor.out())
                .as(doctor.toString())
                .anyMatch(line ->
                        line.contains("\"can_run\":true") && line.contains("\"hardware\":[\"rxe0:1\",\"rxe1:1\"]"));
    }
}
