package io.openib.tests.system;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;

/**
 * A launcher as mpiexec.hydra is one: starts each rank with an open socket as descriptor {@value #FD}, and serves PMI-1 on it,
 * with no word of ours. A shell opens the socket, since Java hands no descriptor on.
 */
final class HydraLike implements AutoCloseable {
    private static final int FD = 7;

    private final int size;
    private final CyclicBarrier barrier;
    private final Map<String, String> space = new ConcurrentHashMap<>();
    private final List<ServerSocket> servers = new ArrayList<>();

    HydraLike(int size) {
        this.size = size;
        barrier = new CyclicBarrier(size);
        space.put("PMI_process_mapping", "(vector,(0,1," + size + "))");
    }

    /** Starts a rank of {@code ./openib exec}. */
    Openib start(int rank, String... arguments) throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        servers.add(server);
        Thread thread = new Thread(() -> serve(server), "hydra-like-" + rank);
        thread.setDaemon(true);
        thread.start();
        String command = "exec " + FD + "<>/dev/tcp/127.0.0.1/" + server.getLocalPort() + " && exec \"$@\"";
        List<String> all = new ArrayList<>(List.of("bash", "-c", command, "hydra"));
        all.addAll(List.of(Openib.HOME.resolve("openib").toString(), "exec"));
        all.addAll(List.of(arguments));
        return Openib.startCommand(
                Map.of(
                        "PMI_FD",
                        Integer.toString(FD),
                        "PMI_RANK",
                        Integer.toString(rank),
                        "PMI_SIZE",
                        Integer.toString(size)),
                all);
    }

    private void serve(ServerSocket server) {
        try (Socket socket = server.accept();
                BufferedReader requests =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = requests.readLine(); line != null; line = requests.readLine()) {
                String reply = answer(words(line));
                socket.getOutputStream().write((reply + "\n").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException | InterruptedException | BrokenBarrierException e) {
            // the rank or the test is over
        }
    }

    private String answer(Map<String, String> request) throws InterruptedException, BrokenBarrierException {
        String command = request.getOrDefault("cmd", "");
        return switch (command) {
            case "init" -> "cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0";
            case "get_maxes" -> "cmd=maxes kvsname_max=256 keylen_max=64 vallen_max=1024";
            case "get_my_kvsname" -> "cmd=my_kvsname kvsname=kvs_1_0_1";
            case "put" -> {
                space.put(request.get("key"), request.get("value"));
                yield "cmd=put_result rc=0 msg=success";
            }
            case "get" -> {
                String value = space.get(request.get("key"));
                yield value == null
                        ? "cmd=get_result rc=-1 msg=key_not_found value=unknown"
                        : "cmd=get_result rc=0 msg=success value=" + value;
            }
            case "barrier_in" -> {
                barrier.await();
                yield "cmd=barrier_out";
            }
            case "finalize" -> "cmd=finalize_ack";
            default -> "cmd=" + command + " rc=-1 msg=not_understood";
        };
    }

    private static Map<String, String> words(String line) {
        Map<String, String> words = new HashMap<>();
        for (String word : line.split(" ", -1)) {
            int equals = word.indexOf('=');
            words.put(equals < 0 ? word : word.substring(0, equals), equals < 0 ? "" : word.substring(equals + 1));
        }
        return words;
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket server : servers) {
            server.close();
        }
        barrier.reset();
    }
}
