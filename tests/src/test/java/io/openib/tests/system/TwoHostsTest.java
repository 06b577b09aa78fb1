package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs between two hosts that share neither network nor shared memory, only a cable; they are namespaces of this one. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class TwoHostsTest {
    private static final long MEGABYTE = 1_000_000;

    /** As the user is, or as the administrator of a user namespace. */
    private static final List<List<String>> WAYS =
            List.of(List.of("unshare", "-n", "-m"), List.of("unshare", "-r", "-n", "-m"));

    private final Path folder;

    TwoHostsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private static Openib.Outcome run(String wireup, int size, String... program) {
        List<String> command = new ArrayList<>(way());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dopenib.basedir=" + Openib.HOME,
                "-cp",
                System.getProperty("java.class.path"),
                TwoHosts.class.getName(),
                Integer.toString(size)));
        command.addAll(List.of(program));
        Map<String, String> environment = Map.of(
                "OMPI_MCA_btl_openib_cpc",
                wireup,
                "OMPI_ALLOW_RUN_AS_ROOT",
                "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                "1");
        try (Openib job = Openib.startCommand(environment, command)) {
            return job.end();
        }
    }

    /** How this user makes namespaces; the test is skipped where that is not allowed. */
    private static List<String> way() {
        String reason = "";
        for (List<String> way : WAYS) {
            List<String> probe = new ArrayList<>(way);
            probe.addAll(List.of(
                    "sh",
                    "-c",
                    "mount -t tmpfs tmpfs /dev/shm && ip link add name probe type veth peer name probed && unshare -n -m true && "
                            + "nsenter -t $$ -n true"));
            try (Openib tried = Openib.startCommand(Map.of(), probe)) {
                Openib.Outcome outcome = tried.end();
                if (outcome.status() == 0) {
                    return way;
                }
                reason = outcome.toString();
            } catch (AssertionError e) {
                reason = String.valueOf(e.getMessage());
            }
        }
        assumeTrue(false, "this user may not make namespaces and a cable: " + reason.replace('\n', ' '));
        return List.of();
    }

    private static long carried(Openib.Outcome outcome) {
        return outcome.out().stream()
                .filter(line -> line.startsWith("cable "))
                .mapToLong(line -> Long.parseLong(line.substring("cable ".length())))
                .findFirst()
                .orElse(0);
    }

    private static long exchanged(Openib.Outcome outcome) {
        return outcome.out().stream()
                .map(Pattern.compile("\"program\":\"alltoall\".*\"bytes\":(\\d+)")::matcher)
                .filter(Matcher::find)
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst()
                .orElseThrow();
    }

    private static void measures(String wireup) {
        Openib.Outcome outcome =
                run(wireup, 2, "pingpong", "--json", "--sizes", "1,8,4K,64K,1M,4M", "--time", "5", "--warmup", "0");

        outcome.hasStatus(0);
        assertThat(outcome.out().stream().filter(line -> line.contains("\"event\":\"wireup\"")))
                .as(outcome.toString())
                .hasSize(2)
                .allMatch(line -> line.contains("\"wireup\":\"" + wireup + "\",\"device\":\"soft0:1\""));
        assertThat(outcome.out().stream().filter(line -> line.startsWith("{\"program\":\"pingpong\",\"bytes\":")))
                .as(outcome.toString())
                .hasSize(6);
        assertThat(carried(outcome)).as("bytes through the cable").isGreaterThan(20 * MEGABYTE);
    }

    private static void sendsFromEachToEach(String wireup, String... launcher) {
        List<String> program = new ArrayList<>(List.of(launcher));
        program.addAll(List.of("alltoall", "--json", "--messages", "50", "--size", "64K"));
        Openib.Outcome outcome = run(wireup, 4, program.toArray(String[]::new));

        outcome.hasStatus(0);
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("\"messages\":600,"));
        // Of the twelve ways from rank to rank four lead from there to here, and each carries the same.
        assertThat(carried(outcome)).as("bytes through the cable").isGreaterThan(exchanged(outcome) * 4 / 12);
    }

    @Test
    void shouldMeasureBetweenHostsByOob() {
        measures("oob");
    }

    @Test
    void shouldMeasureBetweenHostsByRdmacm() {
        measures("rdmacm");
    }

    /** The secret is in no process's environment, and so must reach the wireup and the software device's wire by the program. */
    @Test
    void shouldJoinAJobThatOnlyTheProgramKnowsOf() {
        Openib.Outcome outcome = run("oob", 2, "told");

        outcome.hasStatus(0);
        assertThat(outcome.out()).as(outcome.toString()).contains("rank 1 of 2 got hello");
        assertThat(carried(outcome)).as("bytes through the cable").isPositive();
    }

    @Test
    void shouldSendFromEachToEachOnTwoHostsByOob() {
        sendsFromEachToEach("oob");
    }

    @Test
    void shouldSendFromEachToEachOnTwoHostsByRdmacm() {
        sendsFromEachToEach("rdmacm");
    }

    /** The secret that both hosts need is in no environment: the launcher carries it. */
    @Test
    void shouldSendFromEachToEachOnTwoHostsUnderMpirun() {
        RealLaunchersTest.assumeInstalled(RealLaunchersTest.MPIRUN);
        sendsFromEachToEach("oob", "mpirun", folder.toString());
    }
}
