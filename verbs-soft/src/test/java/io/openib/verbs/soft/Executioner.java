package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.testkit.PeerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Kills a process with SIGKILL as soon as it says that it stands at its fault point. */
final class Executioner implements AutoCloseable {
    private final PeerProcess process;
    private final String announcement;
    private final Queue<String> said = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::watch, "kill-test-executioner");
    private volatile boolean isDone;

    Executioner(PeerProcess process, String faultPoint) {
        this.process = process;
        this.announcement = "soft_fault_point " + faultPoint + " reached";
        thread.start();
    }

    private void watch() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.errors(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(line);
                if (line.startsWith(announcement)) {
                    process.kill();
                    isDone = true;
                }
            }
        } catch (IOException e) {
            said.add(e.toString()); // its end, seen as a closed stream
        }
    }

    /** Asserts that the process reached its point and was killed there; {@code death} is what its caller met. */
    void assertDone(Throwable death) {
        assertThat(death).as("the caller met the end of the process; %s", said).isNotNull();
        Threads.join(thread);
        assertThat(isDone)
                .as("killed at: %s; its caller met %s; it said %s", announcement, death, said)
                .isTrue();
    }

    @Override
    public void close() {
        process.kill();
        Threads.join(thread);
    }
}
