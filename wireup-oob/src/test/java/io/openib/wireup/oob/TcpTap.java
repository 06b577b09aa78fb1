package io.openib.wireup.oob;

import static java.util.Objects.requireNonNull;

import io.openib.wireup.PeerContact;
import io.openib.wireup.testkit.Wiretap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Stands between who dials and the listener, and keeps what was said to the listener on each TCP connection. */
final class TcpTap implements Wiretap {
    private static final int TIMEOUT_MS = 20_000;
    private static final int CHUNK_BYTES = 4096;

    private final ServerSocket server;
    private final List<ByteArrayOutputStream> recordings = Collections.synchronizedList(new ArrayList<>());
    private volatile @Nullable OobContact real;
    private volatile Set<Way> swallowed = Set.of();

    TcpTap() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::serve);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "tap");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public PeerContact past(PeerContact contact) {
        OobContact heard = OobContact.decode(contact.blob());
        real = heard;
        OobContact tapped =
                new OobContact(List.of(InetAddress.getLoopbackAddress()), server.getLocalPort(), heard.module());
        return new PeerContact(contact.name(), contact.host(), contact.configuration(), tapped.encode());
    }

    private static Socket dial(OobContact listener) throws IOException {
        return new Socket(listener.addresses().get(0), listener.tcpPort());
    }

    private void serve() {
        try {
            while (true) {
                Socket from = server.accept();
                Socket to = dial(requireNonNull(real));
                ByteArrayOutputStream recording = new ByteArrayOutputStream();
                recordings.add(recording);
                start(() -> carry(from, to, Way.THERE, recording));
                start(() -> carry(to, from, Way.BACK, null));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void carry(Socket from, Socket to, Way way, @Nullable ByteArrayOutputStream recording) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(chunk); length > 0; length = in.read(chunk)) {
                if (recording != null) {
                    recording.write(chunk, 0, length);
                }
                if (!swallowed.contains(way)) {
                    out.write(chunk, 0, length);
                }
            }
        } catch (IOException e) {
            // one of them has hung up
        }
    }

    @Override
    public long replay(PeerContact module) {
        OobContact listener = OobContact.decode(module.blob());
        long bytes = 0;
        for (ByteArrayOutputStream recording : List.copyOf(recordings)) {
            bytes += say(recording.toByteArray(), listener);
        }
        return bytes;
    }

    private static long say(byte[] recorded, OobContact listener) {
        byte[] prelude = Frames.prelude(listener.module());
        System.arraycopy(prelude, 0, recorded, 0, Math.min(prelude.length, recorded.length));
        say(listener, recorded);
        return recorded.length;
    }

    @Override
    public List<byte[]> recordings() {
        return List.copyOf(recordings).stream()
                .map(ByteArrayOutputStream::toByteArray)
                .toList();
    }

    @Override
    public void say(PeerContact module, byte[] bytes) {
        say(OobContact.decode(module.blob()), bytes);
    }

    @Override
    public void swallow(Set<Way> ways) {
        swallowed = Set.copyOf(ways);
    }

    private static void say(OobContact listener, byte[] bytes) {
        try (Socket socket = dial(listener)) {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // it hung up before all was said, which is its right
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
