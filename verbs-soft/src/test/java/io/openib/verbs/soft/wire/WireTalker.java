package io.openib.verbs.soft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A process on the wire: it sends numbers, answers those of others, and tells of both. */
final class WireTalker implements WireHost, AutoCloseable {
    static final int WAIT_S = 20;

    private final Wire wire;
    private final int payloadBytes;
    private final BlockingQueue<Long> toSend = new LinkedBlockingQueue<>();
    private final BlockingQueue<Long> answers = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> strangers = new LinkedBlockingQueue<>();
    private volatile int requests;
    private volatile @Nullable WireLink link;

    WireTalker(long arena, byte[] secret, WireTimes times, int payloadBytes) throws IOException {
        this.payloadBytes = payloadBytes;
        wire = Wire.open(this, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), arena, secret, times);
        wire.start();
    }

    int port() {
        return wire.port();
    }

    int requests() {
        return requests;
    }

    int acceptFailures() {
        return wire.acceptFailures();
    }

    WireLink link() {
        return java.util.Objects.requireNonNull(link);
    }

    WireTalker talkTo(long arena, int port) {
        link = wire.link(arena, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return this;
    }

    void send(long number) {
        toSend.add(number);
        wire.wakeUp();
    }

    void awaitAnswer(long number) throws InterruptedException {
        assertThat(answers.poll(WAIT_S, TimeUnit.SECONDS)).as("an answer").isEqualTo(number);
    }

    String awaitStranger() throws InterruptedException {
        String what = strangers.poll(WAIT_S, TimeUnit.SECONDS);
        assertThat(what).as("a refused stranger").isNotNull();
        return what;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // by the wire's thread alone
    public void onRequest(long peerArena, Packet request, PacketSink sink) {
        requests++;
        sink.begin(payloadBytes).head(Packet.ACK, 0, 0, 0).number(request.number());
        sink.end();
    }

    @Override
    public void onAnswer(long peerArena, Packet answer) {
        answers.add(answer.number());
    }

    @Override
    public long work(long nowNs) {
        WireLink present = link;
        if (present == null || toSend.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long waitNs = present.need(nowNs);
        while (present.hasRoom() && !toSend.isEmpty()) {
            present.begin(payloadBytes).head(Packet.ENQUIRE, 0, 0, 0).number(toSend.remove());
            present.end();
            present.expectAnswer(nowNs);
        }
        return waitNs;
    }

    @Override
    public void onStranger(String what) {
        strangers.add(what);
    }

    @Override
    public void close() {
        wire.close();
    }
}
