package io.openib.tests.rdma;

import io.openib.runtime.Pmi1Listener;
import io.openib.runtime.Pmi1Server;
import io.openib.runtime.Pmi1ServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The launcher of {@code tests/soft-roce/pair}: serves jobs of two ranks on two machines, one after the other. The
 * arguments are the address to listen at, the folder that both machines see, the seconds that a job may take, and a name for
 * each job. The environment of rank R of job J becomes the file {@code J.R}.
 */
final class PairLauncher {
    private static final int RANKS = 2;

    private PairLauncher() {}

    /** Ends with 0 if every rank of every job has left in order. */
    public static void main(String[] arguments) throws Exception {
        InetAddress address = InetAddress.getByName(arguments[0]);
        Path folder = Path.of(arguments[1]);
        long limitS = Long.parseLong(arguments[2]);
        for (int i = 3; i < arguments.length; i++) {
            if (!serve(address, folder, arguments[i], limitS)) {
                System.err.println("launcher: a rank of " + arguments[i] + " has not left in order");
                System.exit(1);
            }
        }
    }

    private static boolean serve(InetAddress address, Path folder, String job, long limitS) throws Exception {
        CountDownLatch left = new CountDownLatch(RANKS);
        Pmi1ServerOptions options = Pmi1ServerOptions.ofSize(RANKS)
                .listenAt(address)
                .nodeOfRank(0, 1)
                .listener(new Pmi1Listener() {
                    @Override
                    public void onFinalized(int rank) {
                        left.countDown();
                    }
                });
        try (Pmi1Server server = Pmi1Server.open(options)) {
            for (int rank = 0; rank < RANKS; rank++) {
                write(folder, job + "." + rank, server, rank);
            }
            return left.await(limitS, TimeUnit.SECONDS);
        }
    }

    /** The file is there only when it is whole, and nobody else can read it. */
    private static void write(Path folder, String name, Pmi1Server server, int rank) throws IOException {
        StringBuilder text = new StringBuilder();
        server.environment(rank).forEach((variable, value) -> text.append("export ")
                .append(variable)
                .append("='")
                .append(value)
                .append("'\n"));
        Path hidden = Files.createFile(
                folder.resolve("." + name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        // To the disk, since the other machine does not see what is in this one's memory.
        Files.writeString(hidden, text, StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
        Files.move(hidden, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
