package io.openib.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;

/** A PMI-1 client that says what a test tells it to, byte for byte. */
final class ScriptedClient implements AutoCloseable {

    private static final int TIMEOUT_MS = 20_000;

    private final Socket socket = new Socket();
    private final Map<String, String> environment;

    ScriptedClient(Map<String, String> environment) throws IOException {
        this.environment = environment;
        String address = variable("PMI_PORT");
        int colon = address.indexOf(':');
        int port = Integer.parseInt(address.substring(colon + 1));
        socket.connect(new InetSocketAddress(address.substring(0, colon), port), TIMEOUT_MS);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
    }

    /** The hello of our own client, with a process id of 99. */
    void sendHello() throws IOException {
        send("cmd=initack pmiid=" + variable("PMI_ID") + " openib_token=" + token() + " openib_pid=99\n");
    }

    String token() {
        String token = variable("OPENIB_PMI_TOKEN");
        return token.substring(token.indexOf('/') + 1);
    }

    private String variable(String name) {
        return Objects.requireNonNull(environment.get(name));
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** The next line without its line feed; "" at the end, or when the server has reset the connection. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next;
        while ((next = read()) >= 0 && next != '\n') {
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    String exchange(String request) throws IOException {
        send(request + "\n");
        return line();
    }

    /** Whether the server ends this connection, having said no more. */
    boolean isDropped() throws IOException {
        return read() < 0;
    }

    private int read() throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException e) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
