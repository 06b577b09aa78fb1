package io.openib.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A PMI-1 server for one client, which says what a test tells it to, byte for byte. */
final class ScriptedServer implements AutoCloseable {

    private static final int TIMEOUT_MS = 20_000;

    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final List<String> script = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private final Thread thread = new Thread(this::serve, "scripted-pmi1-server");
    private boolean isHeldOpen;
    private volatile @Nullable Socket client;

    ScriptedServer() throws IOException {
        listener.setSoTimeout(TIMEOUT_MS);
    }

    /** Answers the next request line with this text, as it is. */
    ScriptedServer answer(String text) {
        script.add(text);
        return this;
    }

    /** Says something now, to a client that has connected. */
    void say(String text) throws IOException {
        Objects.requireNonNull(client).getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The answers that a hydra of today gives until the client has joined as rank 1 of 4. */
    ScriptedServer answerLikeHydra() {
        return answer("cmd=initack\ncmd=set size=4\ncmd=set rank=1\ncmd=set debug=0\n")
                .answer("cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1\n")
                .answer("cmd=maxes rc=0 kvsname_max=256 keylen_max=64 vallen_max=1024\n")
                .answer("cmd=my_kvsname rc=0 kvsname=kvs_77_0\n")
                .answer("cmd=get_result rc=0 value=(vector,(0,2,2))\n");
    }

    /** Reads on after the last answer, in silence, instead of closing. */
    ScriptedServer thenBeSilent() {
        isHeldOpen = true;
        return this;
    }

    Map<String, String> start() {
        thread.setDaemon(true);
        thread.start();
        Map<String, String> environment = new TreeMap<>();
        environment.put("PMI_PORT", address());
        environment.put("PMI_ID", "1");
        return environment;
    }

    String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** What the client has sent, once the script has ended. */
    List<String> requests() throws InterruptedException {
        thread.join(TIMEOUT_MS);
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    private void serve() {
        try (Socket socket = listener.accept()) {
            client = socket;
            socket.setSoTimeout(TIMEOUT_MS);
            for (String answer : script) {
                String request = line(socket);
                synchronized (requests) {
                    requests.add(request);
                }
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
            }
            while (isHeldOpen && socket.getInputStream().read() >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            synchronized (requests) {
                requests.add(e.toString());
            }
        }
    }

    private static String line(Socket socket) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next;
        while ((next = socket.getInputStream().read()) >= 0 && next != '\n') {
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        Socket open = client;
        if (open != null) {
            open.close();
        }
    }
}
