package io.openib.tests.system;

import io.openib.mca.McaParameters;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.Launchers;
import io.openib.runtime.OpenibRuntimeException;
import io.openib.runtime.RuntimeParameters;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** A rank program for tests of the launcher; it needs no transport. The first argument says what it does. */
public final class LaunchedRank {
    private LaunchedRank() {}

    /** A rank's main. */
    public static void main(String[] arguments) throws Exception {
        McaParameters parameters = McaParameters.fromProcess().resolveOnly(new RuntimeParameters().parameters());
        JobRuntime runtime = Launchers.open(System.getenv(), parameters);
        int rank = runtime.rank();
        switch (arguments[0]) {
            case "tell" -> tell(runtime);
            case "exit" -> exitAsTold(runtime, arguments);
            case "linger" -> linger(runtime);
            case "wait" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ending " + rank)));
                startChild(arguments);
                ready(rank);
                forever();
            }
            case "hang" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    System.out.println("asked " + rank);
                    forever();
                }));
                startChild(arguments);
                ready(rank);
                forever();
            }
            case "exchange" -> exchange(runtime);
            case "twice" -> openAgain(runtime, parameters);
            case "orphan" -> {
                CompletableFuture<String> lost = new CompletableFuture<>();
                runtime.onLauncherLost(reason -> lost.complete(reason.getMessage()));
                ready(rank);
                Files.writeString(Path.of(arguments[1], "rank-" + rank), lost.get());
            }
            case "abort" -> {
                if (rank == 1) {
                    runtime.abort(7, "enough");
                }
                forever();
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        runtime.close();
    }

    private static void tell(JobRuntime runtime) throws Exception {
        String cores = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .findFirst()
                .orElse("?");
        String argv = Files.readString(Path.of("/proc/self/cmdline"));
        String secret = System.getenv("OPENIB_JOB_SECRET");
        System.out.println(runtime.rank() + " of " + runtime.size() + " " + cores.replaceAll("\\s+", "")
                + " secret:" + runtime.jobSecret().map(bytes -> bytes.length).orElse(0)
                + " inArgv:" + argv.contains(secret) + " cpc:" + System.getenv("OMPI_MCA_btl_openib_cpc"));
    }

    /** What each rank has put, nothing and much of it, each gets of each; what nobody has put nobody waits for. */
    private static void exchange(JobRuntime runtime) {
        byte[] much = new byte[300_000];
        Arrays.fill(much, (byte) (runtime.rank() + 1));
        runtime.put("much", much);
        runtime.put("nothing", new byte[0]);
        runtime.fence(30_000);
        for (int rank = 0; rank < runtime.size(); rank++) {
            byte[] got = runtime.get(rank, "much").orElseThrow();
            boolean isRight = got.length == much.length && got[0] == rank + 1 && got[got.length - 1] == rank + 1;
            if (!isRight
                    || runtime.get(rank, "nothing").orElseThrow().length != 0
                    || runtime.get(rank, "none").isPresent()) {
                throw new IllegalStateException("rank " + rank + " has put something else");
            }
        }
        System.out.println("exchanged " + runtime.rank() + " of " + runtime.size() + " by " + runtime.launcher());
        runtime.fence(30_000);
    }

    /** What is refused does nothing to what there is. */
    private static void openAgain(JobRuntime runtime, McaParameters parameters) {
        try {
            Launchers.open(System.getenv(), parameters).close();
        } catch (OpenibRuntimeException e) {
            System.out.println(e.failure() + " " + e.getMessage());
        }
        exchange(runtime);
    }

    /** {@code exit RANK STATUS}: that rank exits so without leaving the job; the others wait for it in a fence. */
    private static void exitAsTold(JobRuntime runtime, String[] arguments) {
        if (runtime.rank() == Integer.parseInt(arguments[1])) {
            Runtime.getRuntime().halt(Integer.parseInt(arguments[2]));
        }
        try {
            runtime.fence(30_000);
        } catch (RuntimeException e) {
            System.out.println("told: " + e.getMessage());
        }
    }

    /** Rank 0 fails and leaves the job; rank 1 fails by that, and its process is over first. */
    private static void linger(JobRuntime runtime) {
        runtime.put("pid", Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII));
        runtime.fence(30_000);
        if (runtime.rank() == 0) {
            byte[] pid = runtime.get(1, "pid").orElseThrow();
            CompletableFuture<ProcessHandle> end = ProcessHandle.of(
                            Long.parseLong(new String(pid, StandardCharsets.US_ASCII)))
                    .orElseThrow()
                    .onExit();
            runtime.close();
            end.join();
            Runtime.getRuntime().halt(3);
        }
        try {
            runtime.fence(30_000);
        } catch (RuntimeException e) {
            runtime.close();
            Runtime.getRuntime().halt(4);
        }
    }

    /** {@code ... parent}: the rank starts a process of its own, which starts another one, as a nested launcher without this job's token. */
    private static void startChild(String[] arguments) throws Exception {
        if (arguments.length > 1 && arguments[1].equals("parent")) {
            String script =
                    "trap '' INT TERM HUP; OPENIB_PMI_TOKEN=other tail -f /dev/null & echo child $!; echo child $$; wait";
            new ProcessBuilder("sh", "-c", script).inheritIO().start();
        }
    }

    private static void ready(int rank) {
        System.out.println("ready " + rank + " " + ProcessHandle.current().pid());
    }

    private static void forever() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
