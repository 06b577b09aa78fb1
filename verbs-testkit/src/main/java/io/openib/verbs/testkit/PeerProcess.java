package io.openib.verbs.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A peer in a process of its own, which can be stopped, continued and killed. Closing ends the process. */
public final class PeerProcess implements AutoCloseable {
    private static final long EXIT_MS = 10_000;
    private static final long DUMP_MS = 3_000;
    private static final long PATIENCE_MS = 120_000;

    private final Process process;
    private final SideLink link;

    private PeerProcess(Process process, long patienceMs) throws IOException {
        this.process = process;
        link = new SideLink(
                new CallLink(process.getInputStream(), process.getOutputStream(), patienceMs, this::tellAndKill));
    }

    /** Starts a process that runs {@link RemoteSide} on this process's class path. */
    public static PeerProcess start(DeviceUnderTest underTest) {
        return start(underTest, ProcessBuilder.Redirect.INHERIT);
    }

    /** The same, with the process's standard error going where the caller says. */
    public static PeerProcess start(DeviceUnderTest underTest, ProcessBuilder.Redirect errors) {
        return start(underTest, errors, PATIENCE_MS);
    }

    static PeerProcess start(DeviceUnderTest underTest, ProcessBuilder.Redirect errors, long patienceMs) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-XX:+DisplayVMOutputToStderr")); // its standard output carries answers
        command.addAll(underTest.peerJvmOptions());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), RemoteSide.class.getName()));
        command.add(underTest.getClass().getName());
        Process process = null;
        try {
            process = new ProcessBuilder(command).redirectError(errors).start();
            return new PeerProcess(process, patienceMs);
        } catch (IOException e) {
            if (process != null) {
                process.destroyForcibly();
            }
            throw new UncheckedIOException("the peer process did not start: " + String.join(" ", command), e);
        }
    }

    /** Its side. */
    public Side side() {
        return link.side();
    }

    /** Whether it lives. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its standard error; empty unless it was started with {@link ProcessBuilder.Redirect#PIPE}. */
    public InputStream errors() {
        return process.getErrorStream();
    }

    /** SIGSTOP; returns when every thread of it stands. */
    public void stop() {
        signal("STOP");
        if (!Deadline.await(EXIT_MS, this::isStopped)) {
            throw new IllegalStateException("process " + process.pid() + " did not stop");
        }
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    /** SIGKILL; returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** A call has no answer: has each thread print where it stands, on standard error. */
    private void tellAndKill() {
        System.err.println("process " + process.pid() + " does not answer; its threads:");
        signal("QUIT");
        try {
            process.waitFor(DUMP_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }

    private void signal(String name) {
        try {
            int status = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + name + " " + process.pid() + ": status " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private boolean isStopped() {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            return tasks.allMatch(PeerProcess::isStopped);
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isStopped(Path task) {
        try {
            String stat = Files.readString(task.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException e) {
            return true; // a thread that has ended since
        }
    }

    private void awaitExit() {
        try {
            if (!process.waitFor(EXIT_MS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IllegalStateException("process " + process.pid() + " did not end, and was killed");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            link.close();
        } catch (IOException e) {
            process.destroyForcibly(); // it was dead already, or does not listen
        }
        awaitExit();
    }
}
