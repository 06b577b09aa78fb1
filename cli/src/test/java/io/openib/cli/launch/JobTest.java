package io.openib.cli.launch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
        return run(size, told, signals, starting);
    }

    private int run(
            int size,
            OutputStream messages,
            Consumer<Consumer<JobEvent.Signalled>> signals,
            BiFunction<Starter, Integer, RankProcess> starting) {
        RankCommand command = new RankCommand(List.of(), List.of("Main"), List.of(), false);
        JobSpec spec = new JobSpec(size, command, Map.of(), false);
        return new Job(spec, new PrintStream(messages, true, StandardCharsets.UTF_8), signals, starting)
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

    @Test
    void shouldEndThoughNobodyTakesWhatItTells() {
        CountDownLatch isOver = new CountDownLatch(1);
        AtomicBoolean hasTold = new AtomicBoolean();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int oneByte) {
                hasTold.set(true);
                awaitUninterrupted(isOver);
            }
        };
        int status;
        try {
            status = run(1, full, handler -> {}, (starter, rank) -> new RankProcess(rank, shell("exit 3")));
        } finally {
            isOver.countDown();
        }

        assertThat(status).isEqualTo(3);
        assertThat(hasTold).isTrue();
    }

    @Test
    void shouldEndRanksThoughItCannotLookForWhatDescendsFromThem() throws Exception {
        Process rank = shell("exec cat");
        Leftovers blind = new Leftovers(() -> {
            throw new IllegalStateException("too many open files");
        });
        try {
            assertThatCode(() -> blind.note(List.of(new RankProcess(0, rank)))).doesNotThrowAnyException();
            assertThat(rank.isAlive()).isTrue();
        } finally {
            rank.destroyForcibly().waitFor();
        }
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Process shell(String command) {
        try {
            return new ProcessBuilder("sh", "-c", command).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
