package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** One start of {@code ./openib}. Closing it ends whatever is left of it. */
public final class Openib implements AutoCloseable {
    /** The top of the source tree. */
    public static final Path HOME =
            Path.of(System.getProperty("openib.basedir", "..")).toAbsolutePath().normalize();

    /** Where the tests' own rank programs are. */
    public static final String TEST_CLASSES =
            HOME.resolve("tests/target/test-classes").toString();

    /**
     * For ranks of a test's own main class whose speed nobody measures: the second compiler would take as much of the
     * processors as what is tested, and the first one does so with what runs a few hundred times. Each Java says on the error
     * stream that it has been told so.
     */
    public static final Map<String, String> LIGHT = Map.of(
            "JDK_JAVA_OPTIONS",
            "-XX:TieredStopAtLevel=1 -XX:Tier3InvocationThreshold=2000 -XX:Tier3MinInvocationThreshold=1000"
                    + " -XX:Tier3CompileThreshold=20000 -XX:+UseSerialGC");

    /** A slower machine gives more. */
    private static final long DEADLINE_S = Long.getLong("openib.tests.deadline_s", 50);

    private final List<String> command;
    private final Process process;
    private final Capture out;
    private final Capture err;

    private Openib(List<String> command, Process process) {
        this.command = command;
        this.process = process;
        this.out = new Capture(process.getInputStream());
        this.err = new Capture(process.getErrorStream());
    }

    /** How it ended. */
    public record Outcome(List<String> command, int status, List<String> out, List<String> err) {
        /** For failure messages. */
        @Override
        public String toString() {
            return String.join(" ", command) + "\nended with " + status + "\nstdout:\n  " + String.join("\n  ", out)
                    + "\nstderr:\n  " + String.join("\n  ", err);
        }

        /** Asserts the status. */
        public Outcome hasStatus(int expected) {
            assertThat(status).as(toString()).isEqualTo(expected);
            return this;
        }

        /** Asserts that all of these texts stand in one line of the error stream, which has no stack trace. */
        public Outcome tells(String... texts) {
            assertThat(err).as(toString()).anyMatch(line -> Arrays.stream(texts).allMatch(line::contains));
            assertThat(err).as(toString()).noneMatch(line -> line.startsWith("\tat "));
            return this;
        }
    }

    /** Starts it and waits for its end. */
    public static Outcome run(String... arguments) {
        return run(Map.of(), arguments);
    }

    /** Starts it with these environment variables and waits for its end. */
    public static Outcome run(Map<String, String> environment, String... arguments) {
        try (Openib openib = start(environment, arguments)) {
            return openib.end();
        }
    }

    /** Starts {@code ./openib}. */
    public static Openib start(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(HOME.resolve("openib").toString()));
        command.addAll(List.of(arguments));
        return startCommand(environment, command);
    }

    /** Starts any command. */
    public static Openib startCommand(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("OMPI_MCA_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        try {
            return new Openib(command, builder.start());
        } catch (IOException e) {
            throw new AssertionError("cannot start " + command, e);
        }
    }

    /** Waits for a line on the standard output stream. */
    public String awaitLine(Predicate<String> wanted) {
        return out.await(wanted, this);
    }

    /** Waits until so many lines on the standard output stream are wanted ones. */
    public List<String> awaitLines(int count, Predicate<String> wanted) {
        return out.await(count, wanted, this);
    }

    /** Waits for a line on the error stream. */
    public String awaitErrorLine(Predicate<String> wanted) {
        return err.await(wanted, this);
    }

    /** Writes a line to the standard input stream. */
    public void say(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new AssertionError("it does not listen; " + sofar(), e);
        }
    }

    /** Whether it has not ended yet. */
    public boolean isRunning() {
        return process.isAlive();
    }

    /** The process id of the launcher. */
    public long pid() {
        return process.pid();
    }

    /** Sends a signal to the launcher alone. */
    public void signal(String name) {
        kill(name, process.pid());
    }

    /** Sends a signal to a process of the job. */
    public static void kill(String name, long pid) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
        } catch (IOException e) {
            throw new AssertionError("there is no kill command", e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for the end. */
    public Outcome end() {
        return end(DEADLINE_S);
    }

    /** Waits for the end of something that has reason to take longer. */
    Outcome end(long limitS) {
        try {
            boolean isOver = process.waitFor(limitS, TimeUnit.SECONDS);
            if (!isOver) {
                throw new AssertionError("still running after " + limitS + " s: " + sofar());
            }
            out.join();
            err.join();
            return sofar();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted; " + sofar(), e);
        }
    }

    Outcome sofar() {
        return new Outcome(command, process.isAlive() ? -1 : process.exitValue(), out.lines(), err.lines());
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Gathers the lines of a stream on a thread of its own. */
    private static final class Capture {
        private final List<String> lines = new ArrayList<>();
        private final Thread thread;

        Capture(InputStream stream) {
            thread = new Thread(() -> read(stream), "capture");
            thread.setDaemon(true);
            thread.start();
        }

        private void read(InputStream stream) {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                String line = reader.readLine();
                while (line != null) {
                    add(line);
                    line = reader.readLine();
                }
            } catch (IOException e) {
                add("(stream broke: " + e + ")");
            }
        }

        private synchronized void add(String line) {
            lines.add(line);
            notifyAll();
        }

        synchronized List<String> lines() {
            return List.copyOf(lines);
        }

        String await(Predicate<String> wanted, Openib openib) {
            return await(1, wanted, openib).get(0);
        }

        synchronized List<String> await(int count, Predicate<String> wanted, Openib openib) {
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
            while (true) {
                List<String> found = lines.stream().filter(wanted).toList();
                if (found.size() >= count) {
                    return found;
                }
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
                if (leftMs <= 0 || !(thread.isAlive() || openib.process.isAlive())) {
                    throw new AssertionError(
                            "only " + found.size() + " of " + count + " lines came; " + openib.sofar());
                }
                try {
                    wait(Math.min(leftMs, 100));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }

        void join() throws InterruptedException {
            thread.join(TimeUnit.SECONDS.toMillis(DEADLINE_S));
        }
    }
}
