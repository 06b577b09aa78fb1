package io.openib.verbs.soft;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * What lies between two hosts: it hands on what a wire's connections carry, until a test has it do otherwise. Each connection
 * has two threads of its own.
 */
final class WireProxy implements AutoCloseable {
    private static final int CHUNK = 1 << 14;

    private final InetSocketAddress target;
    private final List<Line> lines = new CopyOnWriteArrayList<>();
    private final int port;
    private volatile ServerSocket listener;
    private volatile boolean isBlackHole;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    WireProxy(int targetPort) {
        target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
        listener = listen(0);
        port = listener.getLocalPort();
    }

    private ServerSocket listen(int wanted) {
        try {
            ServerSocket opened = new ServerSocket();
            opened.setReuseAddress(true);
            opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
            start("accept", () -> accept(opened));
            return opened;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void start(String what, Runnable task) {
        Thread thread = new Thread(task, "wire-proxy-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket on) {
        try {
            while (true) {
                Socket dialler = on.accept();
                Line line = new Line(
                        dialler, isBlackHole ? new Socket() : new Socket(target.getAddress(), target.getPort()));
                line.isDead = isBlackHole;
                lines.add(line);
                if (!line.isDead) {
                    start("asking", () -> line.pump(line.dialler, line.listener, true));
                    start("answering", () -> line.pump(line.listener, line.dialler, false));
                }
            }
        } catch (IOException e) {
            silence(e); // the listener was closed, or the target is gone
        }
    }

    int port() {
        return port;
    }

    /** How many connections there have been. */
    int connections() {
        return lines.size();
    }

    /** Bytes that were handed to the listener. */
    long askedBytes() {
        return lines.stream().mapToLong(line -> line.askedBytes).sum();
    }

    /** What comes from now on waits for {@link #release()}. */
    void hold() {
        gate = new CountDownLatch(1);
    }

    void release() {
        gate.countDown();
    }

    private void awaitRelease() {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From now on nothing is handed on, for ever on the connections that there are and on those that come meanwhile. */
    void beginBlackHole() {
        isBlackHole = true;
        lines.forEach(line -> line.isDead = true);
    }

    /** Connections that come from now on lead to the target. */
    void endBlackHole() {
        isBlackHole = false;
    }

    /** What the target says from now on gets lost, on the connections that there are. */
    void dropAnswers() {
        lines.forEach(line -> line.isMute = true);
    }

    /** Resets every connection. */
    void reset() {
        lines.forEach(line -> line.end(true));
    }

    /** The connections end in order, after so many more bytes of requests. */
    void endAfter(int bytes) {
        lines.forEach(line -> line.endAtBytes = line.askedBytes + bytes);
    }

    /** Nobody is there. */
    void refuse() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reset();
    }

    /** Somebody is there again. */
    void admit() {
        listener = listen(port);
    }

    @Override
    public void close() {
        refuse();
    }

    private static void silence(IOException e) {
        System.out.println("proxy: " + e.getMessage());
    }

    /** One connection. */
    private final class Line {
        private final Socket dialler;
        private final Socket listener;
        private volatile boolean isDead;
        private volatile boolean isMute;
        private volatile long askedBytes;
        private volatile long endAtBytes = Long.MAX_VALUE;

        Line(Socket dialler, Socket listener) {
            this.dialler = dialler;
            this.listener = listener;
        }

        void pump(Socket from, Socket to, boolean isAsking) {
            byte[] chunk = new byte[CHUNK];
            try {
                for (int bytes = from.getInputStream().read(chunk);
                        bytes >= 0;
                        bytes = from.getInputStream().read(chunk)) {
                    awaitRelease();
                    if (isDead || (!isAsking && isMute)) {
                        continue;
                    }
                    int most = isAsking ? (int) Math.min(bytes, endAtBytes - askedBytes) : bytes;
                    to.getOutputStream().write(chunk, 0, most);
                    count(isAsking ? most : 0);
                    if (most < bytes) {
                        break;
                    }
                }
            } catch (IOException e) {
                silence(e);
            }
            if (!isDead) {
                end(false);
            }
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread
        private void count(int bytes) {
            askedBytes += bytes;
        }

        void end(boolean isReset) {
            for (Socket socket : List.of(dialler, listener)) {
                try {
                    if (isReset) {
                        socket.setSoLinger(true, 0);
                    }
                    socket.close();
                } catch (IOException e) {
                    silence(e);
                }
            }
        }
    }
}
