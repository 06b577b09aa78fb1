package io.openib.cli.launch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What real ranks cannot be made to do. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class JobTest {
    private static final int STATUS_OF_TERM = 143;

    private final ByteArrayOutputStream told = new ByteArrayOutputStream();

    private final Path sharedMemory;

    JobTest(@TempDir Path sharedMemory) {
        this.sharedMemory = sharedMemory;
    }

    private int run(
            int size,
            Consumer<Consumer<JobEvent.Signalled>> signals,
            BiFunction<Starter, Integer, RankProcess> starting) {
        RankCommand command = new RankCommand(List.of(), List.of("Main"), List.of(), false);
        JobSpec spec = new JobSpec(size, command, Map.of(), false);
        return new Job(spec, new PrintStream(told, true, StandardCharsets.UTF_8), signals, starting)
                .run(List.of(sharedMemory));
    }

    private static void term(Consumer<JobEvent.Signalled> handler) {
        handler.accept(new JobEvent.Signalled("TERM", 15));
    }

    @Test
    void shouldNotEndWellIfASignalCameBeforeItsFirstRank() {
        int status = run(2, JobTest::term, (starter, rank) -> {
            throw new AssertionError("nothing is started any more");
        });

        assertThat(status).isEqualTo(STATUS_OF_TERM);
    }

    @Test
    void shouldLeaveBehindWhatTheKernelDoesNotLetGo() throws Exception {
        AtomicReference<Consumer<JobEvent.Signalled>> handler = new AtomicReference<>();
        Process child = new ProcessBuilder("cat").start();
        int status;
        try {
            status = run(1, handler::set, (starter, rank) -> {
                // The first signal asks, the second kills.
                CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(() -> {
                    term(requireNonNull(handler.get()));
                    term(requireNonNull(handler.get()));
                });
                return new RankProcess(rank, new Stuck(child.pid()));
            });
        } finally {
            child.destroyForcibly().waitFor();
        }

        assertThat(status).isEqualTo(STATUS_OF_TERM);
        assertThat(told.toString(StandardCharsets.UTF_8))
                .contains("still running: rank 0; the kernel does not let go")
                .doesNotContain("sending");
    }

    /** As one in uninterruptible sleep; signals go to a child of the test, by its number. */
    private static final class Stuck extends Process {
        private final long pid;

        Stuck(long pid) {
            this.pid = pid;
        }

        @Override
        public OutputStream getOutputStream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public InputStream getInputStream() {
            return InputStream.nullInputStream();
        }

        @Override
        public InputStream getErrorStream() {
            return InputStream.nullInputStream();
        }

        @Override
        public int waitFor() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int exitValue() {
            throw new IllegalThreadStateException();
        }

        @Override
        public void destroy() {}

        @Override
        public Process destroyForcibly() {
            return this;
        }

        @Override
        public boolean isAlive() {
            return true;
        }

        @Override
        public CompletableFuture<Process> onExit() {
            return new CompletableFuture<>();
        }

        @Override
        public long pid() {
            return pid;
        }
    }
}
