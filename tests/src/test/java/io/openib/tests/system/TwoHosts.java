package io.openib.tests.system;

import io.openib.runtime.PeerDeath;
import io.openib.runtime.Pmi1Server;
import io.openib.runtime.Pmi1ServerOptions;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A launcher for a job on two hosts that are namespaces of this one: the process itself was started in a network and a mount
 * namespace of its own, and makes a second such pair, a cable between them, and a {@code /dev/shm} for each. All of it is gone
 * with its processes. Even ranks run here, odd ones there. Or it has Open MPI's launcher start the job on the two.
 */
final class TwoHosts {
    private static final String HERE = "10.77.0.1";
    private static final String THERE = "10.77.0.2";
    private static final String OWN_SHARED_MEMORY = "mount -t tmpfs tmpfs /dev/shm && ip link set lo up";

    private static final Pattern RECEIVED = Pattern.compile("^\\s*here:\\s*(\\d+)");

    private TwoHosts() {}

    /**
     * Ends with the first status that is not 0.
     *
     * @param arguments how many ranks, and {@code openib exec}'s arguments; or {@code told}, for two {@link ToldRank}s; or {@code mpirun},
     *     a folder of its own, and {@code openib exec}'s arguments
     */
    public static void main(String[] arguments) throws Exception {
        Process other = new ProcessBuilder(
                        "unshare",
                        "-n",
                        "-m",
                        "-u",
                        "sh",
                        "-c",
                        "echo there >/proc/sys/kernel/hostname && " + OWN_SHARED_MEMORY
                                + " && echo ready && exec sleep 300")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int status;
        try {
            awaitReady(other);
            run("sh", "-c", OWN_SHARED_MEMORY);
            lay(Long.toString(other.pid()));
            int size = Integer.parseInt(arguments[0]);
            List<String> program = Arrays.asList(arguments).subList(1, arguments.length);
            status = program.get(0).equals("mpirun")
                    ? mpirun(size, other.pid(), Path.of(program.get(1)), program.subList(2, program.size()))
                    : run(size, other.pid(), program);
            System.out.println("cable " + carriedBytes());
        } finally {
            other.destroyForcibly().waitFor();
        }
        System.exit(status);
    }

    private static void awaitReady(Process other) throws IOException {
        BufferedReader said = other.inputReader(StandardCharsets.UTF_8);
        if (!"ready".equals(said.readLine())) {
            throw new IOException("the second host did not come up");
        }
    }

    /** Lays the cable. */
    private static void lay(String other) throws Exception {
        run("ip", "link", "add", "name", "here", "type", "veth", "peer", "name", "there", "netns", other);
        run("ip", "address", "add", HERE + "/24", "dev", "here");
        run("ip", "link", "set", "here", "up");
        run("nsenter", "-t", other, "-n", "ip", "address", "add", THERE + "/24", "dev", "there");
        run("nsenter", "-t", other, "-n", "ip", "link", "set", "there", "up");
        awaitUp("ip", "-o", "link", "show", "dev", "here");
        awaitUp("nsenter", "-t", other, "-n", "ip", "-o", "link", "show", "dev", "there");
    }

    /** The kernel sees that a cable is in only after a while, and Java does not count an interface before. */
    private static void awaitUp(String... show) throws IOException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        String shown;
        do {
            Process process = new ProcessBuilder(show)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            shown = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } while (!shown.contains("state UP") && System.nanoTime() - endNs < 0);
        if (!shown.contains("state UP")) {
            throw new IOException("the cable is not seen: " + shown);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + status);
        }
    }

    /** What Open MPI's launcher takes for a remote shell enters the other host's namespaces, whatever host it is given. */
    private static int mpirun(int size, long other, Path folder, List<String> program) throws Exception {
        Path shell = folder.resolve("shell");
        Files.writeString(shell, "#!/bin/sh\nshift\nexec nsenter -t " + other + " -n -m -u sh -c \"$*\"\n");
        run("chmod", "+x", shell.toString());
        List<String> command = new ArrayList<>(List.of(
                "mpirun.openmpi",
                "--oversubscribe",
                "--host",
                HERE + ":" + size / 2 + "," + THERE + ":" + size / 2,
                "--mca",
                "plm_rsh_agent",
                shell.toString(),
                "--mca",
                "orte_tmpdir_base",
                folder.toString(),
                "-n",
                Integer.toString(size),
                Openib.HOME.resolve("openib").toString(),
                "exec"));
        command.addAll(program);
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static int run(int size, long other, List<String> program) throws Exception {
        Pmi1ServerOptions options = Pmi1ServerOptions.ofSize(size)
                .listenAt(InetAddress.getByName(HERE))
                .nodeOfRank(IntStream.range(0, size).map(rank -> rank % 2).toArray());
        try (Pmi1Server server = Pmi1Server.open(options)) {
            List<Process> ranks = new ArrayList<>();
            List<CompletableFuture<Void>> ends = new ArrayList<>();
            for (int rank = 0; rank < size; rank++) {
                Process started = start(server, rank, other, program);
                ranks.add(started);
                ends.add(tellOfEnd(server, rank, started));
            }
            int status = 0;
            for (Process rank : ranks) {
                int its = rank.waitFor();
                status = status == 0 ? its : status;
            }
            ends.forEach(CompletableFuture::join);
            return status;
        }
    }

    private static CompletableFuture<Void> tellOfEnd(Pmi1Server server, int rank, Process process) {
        return process.onExit().thenAccept(ended -> {
            if (ended.exitValue() != 0) {
                server.rankDied(
                        new PeerDeath(rank, "host " + rank % 2, ended.pid(), "ended with " + ended.exitValue()));
            }
        });
    }

    private static Process start(Pmi1Server server, int rank, long other, List<String> program) throws IOException {
        if (program.get(0).equals("told")) {
            Process started = onHost(rank, other, ToldRank.command()).start();
            try (OutputStream told = started.getOutputStream()) {
                ToldRank.tell(told, server.environment(rank));
            }
            return started;
        }
        List<String> command =
                new ArrayList<>(List.of(Openib.HOME.resolve("openib").toString(), "exec"));
        command.addAll(program);
        ProcessBuilder builder = onHost(rank, other, command).redirectInput(new File("/dev/null"));
        server.applyEnvironment(rank, builder.environment());
        return builder.start();
    }

    private static ProcessBuilder onHost(int rank, long other, List<String> command) {
        List<String> whole = new ArrayList<>();
        if (rank % 2 == 1) {
            whole.addAll(List.of("nsenter", "-t", Long.toString(other), "-n", "-m"));
        }
        whole.addAll(command);
        return new ProcessBuilder(whole)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    /** Bytes that came through the cable. */
    private static long carriedBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/net/dev")).stream()
                .map(RECEIVED::matcher)
                .filter(Matcher::find)
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst()
                .orElse(0);
    }
}
