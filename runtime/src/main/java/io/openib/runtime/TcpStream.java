package io.openib.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A connection to {@code PMI_PORT}. */
final class TcpStream implements PmiStream {
    private final Socket socket;
    private final InputStream input;
    private final OutputStream output;

    private TcpStream(Socket socket) throws IOException {
        this.socket = socket;
        input = socket.getInputStream();
        output = socket.getOutputStream();
    }

    static TcpStream connect(String host, int port, Deadline deadline) throws IOException {
        Socket socket = new Socket();
        try {
            InetSocketAddress server = resolved(host, port);
            socket.connect(server, Math.toIntExact(Math.max(1, deadline.remainingMs())));
            socket.setTcpNoDelay(true);
            return new TcpStream(socket);
        } catch (IOException e) {
            closeQuietly(socket);
            throw e;
        }
    }

    /** Some launchers name this host by its own name, which not every host can resolve. */
    private static InetSocketAddress resolved(String host, int port) throws IOException {
        InetSocketAddress server = new InetSocketAddress(host, port);
        if (!server.isUnresolved()) {
            return server;
        }
        if (host.equals(HostName.local())) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        }
        throw new IOException("the host name cannot be resolved");
    }

    @Override
    public int read(byte[] into) throws IOException {
        return input.read(into);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        output.write(bytes);
    }

    @Override
    public void close() {
        closeQuietly(socket);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing is left to release.
        }
    }
}
