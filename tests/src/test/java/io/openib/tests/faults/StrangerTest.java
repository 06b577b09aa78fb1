package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is not of the job gets no connection and does no harm. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StrangerTest {
    private static final int STRANGERS = 20;
    private static final int MOST_BYTES = 10_000;

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldWireUpAmongStrangersThatSendGarbageOrNothing(String wireup) throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Socket> strangers = new ArrayList<>();
        try (Openib job = Openib.start(
                Openib.LIGHT,
                "run",
                "-n",
                "2",
                "--mca",
                "btl_openib_cpc",
                wireup,
                "-cp",
                Openib.TEST_CLASSES,
                PatientRank.class.getName())) {
            int ports = 0;
            for (String ready : job.awaitLines(2, line -> line.startsWith("ready "))) {
                for (int port : ListeningPorts.of(Long.parseLong(ready.substring(ready.lastIndexOf(' ') + 1)))) {
                    ports++;
                    for (int i = 0; i < STRANGERS; i++) {
                        strangers.add(visit(port, i % 2 == 0 ? random.nextInt(MOST_BYTES) : 0, random));
                    }
                }
            }
            assertThat(ports).as("listening ports").isPositive();
            job.say("go");

            Openib.Outcome outcome = job.end().hasStatus(0);
            assertThat(outcome.out()).as(outcome.toString()).noneMatch(line -> line.startsWith("error"));
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }

    private static Socket visit(int port, int bytes, Random random) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        byte[] garbage = new byte[bytes];
        random.nextBytes(garbage);
        try {
            OutputStream out = socket.getOutputStream();
            out.write(garbage);
            out.flush();
        } catch (IOException e) {
            // Thrown out before it had finished, which is as good.
        }
        return socket;
    }

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldRefuseAPeerWithAnotherJobsSecret(String wireup) {
        Openib.Outcome outcome = Openib.run(
                Openib.LIGHT,
                "run",
                "-n",
                "2",
                "--mca",
                "btl_openib_cpc",
                wireup,
                "--mca",
                "btl_openib_connect_oob_timeout",
                "3000",
                "--mca",
                "btl_openib_connect_rdmacm_retry_count",
                "4",
                "-cp",
                Openib.TEST_CLASSES,
                MortalRank.class.getName(),
                "stranger");

        outcome.hasStatus(3);
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(line -> line.startsWith("told rank 0 of rank 1: ") && line.contains("secret"));
    }

    @Test
    void shouldLeaveNoSharedMemoryBehind() throws IOException {
        try (Openib job = Openib.start(
                Openib.LIGHT, "run", "-n", "2", "-cp", Openib.TEST_CLASSES, MortalRank.class.getName(), "after")) {
            String ready = job.awaitLine(line -> line.startsWith("ready "));
            assertThat(SharedMemory.ofJob(job.pid()))
                    .as("folders of the running job")
                    .isNotEmpty();
            Openib.kill("KILL", Long.parseLong(ready.substring("ready ".length())));

            Openib.Outcome outcome = job.end().hasStatus(137);
            assertThat(SharedMemory.ofJob(job.pid())).as(outcome.toString()).isEmpty();
        }
    }
}
