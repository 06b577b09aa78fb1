package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A rank is killed: its peers hear who it was before an attempt to connect would have been given up, the job ends with its
 * status, and nothing of it remains.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
public abstract class KilledRankCases {
    private static final int VICTIM = 1;
    private static final List<Integer> PEERS = List.of(0, 2);
    private static final long WAIT_S = Long.getLong("openib.tests.deadline_s", 50);

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    private final Map<String, String> environment;

    /** Jobs are started with these environment variables. */
    protected KilledRankCases(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** Returns when a process that connects has got as far as to hold something of the device, where that can be seen. */
    protected abstract void awaitAttempt(long pid);

    /** Looks at what the killed process has left, once the job is over. */
    protected abstract void afterwards(long victim);

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldTellThePeersOfARankThatIsKilled(String wireup) throws IOException {
        try (Openib job = Openib.start(environment, DeadRankTest.command(wireup, "after"))) {
            String ready = job.awaitLine(line -> line.startsWith("ready "));
            long pid = Long.parseLong(ready.substring("ready ".length()));
            long killedNs = System.nanoTime();
            Openib.kill("KILL", pid);
            assertTold(job, pid, killedNs);
        }
    }

    /** Who does not answer is stopped before the others begin, so that no attempt can have ended when the rank is killed. */
    @ParameterizedTest
    @CsvSource({"oob, false", "rdmacm, false", "oob, true", "rdmacm, true"})
    void shouldTellThePeersOfARankThatIsKilledWhileItIsConnected(String wireup, boolean isVictimAsking)
            throws IOException {
        Path go = folder.resolve("go");
        try (Openib job = Openib.start(environment, DeadRankTest.command(wireup, "connecting", go.toString()))) {
            List<Long> pids = awaitReady(job);
            List<Integer> asking = isVictimAsking ? List.of(VICTIM) : PEERS;
            List<Integer> stopped = isVictimAsking ? PEERS : List.of(VICTIM);
            for (int rank : stopped) {
                stop(pids.get(rank));
            }
            Files.createFile(go);
            for (int rank : asking) {
                job.awaitLine(line -> line.equals("connecting " + rank));
                awaitAttempt(pids.get(rank));
            }
            long killedNs = System.nanoTime();
            Openib.kill("KILL", pids.get(VICTIM));
            for (int rank : PEERS) {
                Openib.kill("CONT", pids.get(rank));
            }
            Openib.Outcome outcome = assertTold(job, pids.get(VICTIM), killedNs);
            assertThat(outcome.out()).as(outcome.toString()).noneMatch(line -> line.startsWith("connected "));
        }
    }

    /** Nobody tells the peers, since the launcher has stopped: what tells is the device, once its retries are used up. */
    @Test
    void shouldTellThePeersByTheDevicesRetriesWhereTheLauncherCannot() throws IOException {
        Map<String, String> quick = new HashMap<>(environment);
        quick.put("OMPI_MCA_btl_openib_ib_timeout", "12");
        quick.put("OMPI_MCA_btl_openib_ib_retry_count", "2");
        Path go = Files.createFile(folder.resolve("go"));
        try (Openib job = Openib.start(quick, DeadRankTest.command("oob", "connecting", go.toString()))) {
            List<Long> pids = awaitReady(job);
            for (int rank : PEERS) {
                job.awaitLine(line -> line.startsWith("connected rank " + rank + ":"));
            }
            stop(job.pid());
            Openib.kill("KILL", pids.get(VICTIM));
            for (int rank : PEERS) {
                await("process " + pids.get(rank) + " ends", () -> isIn('Z', stat(pids.get(rank))));
            }
            Openib.kill("CONT", job.pid());
            Openib.Outcome outcome = job.end();
            for (int rank : PEERS) {
                assertThat(outcome.out())
                        .as(outcome.toString())
                        .anyMatch(line -> line.startsWith("told rank " + rank + " of rank 1: ")
                                && line.contains(" was lost on ")
                                && line.contains("retries exceeded"));
            }
            afterwards(pids.get(VICTIM));
        }
    }

    private static List<Long> awaitReady(Openib job) {
        List<Long> pids = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            String start = "ready " + rank + " ";
            pids.add(
                    Long.parseLong(job.awaitLine(line -> line.startsWith(start)).substring(start.length())));
        }
        return pids;
    }

    /** Each thread stops by itself. */
    private static void stop(long pid) {
        Openib.kill("STOP", pid);
        await("process " + pid + " stops", () -> {
            try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
                return threads.allMatch(thread -> isIn('T', thread.resolve("stat")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Path stat(long pid) {
        return Path.of("/proc", Long.toString(pid), "stat");
    }

    /** True as well of what has gone meanwhile. */
    private static boolean isIn(char state, Path stat) {
        try {
            String text = Files.readString(stat);
            return text.charAt(text.lastIndexOf(')') + 2) == state;
        } catch (IOException e) {
            return true;
        }
    }

    private static void await(String what, BooleanSupplier isSo) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
        while (!isSo.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs).as(what).isNegative();
            Thread.onSpinWait();
        }
    }

    private Openib.Outcome assertTold(Openib job, long pid, long killedNs) throws IOException {
        for (int rank : PEERS) {
            job.awaitLine(line -> line.startsWith("told rank " + rank + " "));
        }
        long heardMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNs);
        Openib.Outcome outcome = job.end().hasStatus(137).tells("openib run: rank 1 (pid ", "signal 9 (SIGKILL)");
        assertThat(heardMs).as(outcome.toString()).isLessThan(DeadRankTest.DEADLINE_MS);
        DeadRankTest.assertPeersWereTold(outcome);
        String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(line ->
                        line.startsWith("told rank 0") && line.contains(Long.toString(pid)) && line.contains(host));
        afterwards(pid);
        return outcome;
    }
}
