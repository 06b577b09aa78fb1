package io.openib.verbs.soft;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.PeerArena;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's one device thread. It carries on what a post could not do at once (waits for a receiver that is not ready,
 * retries, injected delays), flushes, and answers the doorbell. It sleeps in the doorbell's selector when nothing is due.
 */
final class DeviceThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceThread.class);
    private static final long MILLISECOND_NS = 1_000_000;
    private static final int STRANGERS_MOST = 4096;

    private final LongConsumer onRing;
    private final Selector selector;
    private final ServerSocketChannel door;
    private final Thread thread;
    private final List<CarriedQp> busy = new ArrayList<>();
    private final ByteBuffer message = ByteBuffer.allocate(Long.BYTES * 512);
    private volatile boolean isStopped;

    DeviceThread(Path arenaFolder, LongConsumer onRing) throws IOException {
        this.onRing = onRing;
        this.selector = Selector.open();
        this.door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        door.bind(UnixDomainSocketAddress.of(Doorbell.socket(arenaFolder)));
        door.configureBlocking(false);
        door.register(selector, SelectionKey.OP_ACCEPT);
        thread = new Thread(this::run, "openib-soft-device");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** From now on the pending sends of a queue pair are this thread's. */
    void carryOn(SoftQp qp) {
        synchronized (busy) {
            if (busy.stream().noneMatch(carried -> carried.qp() == qp)) {
                busy.add(new CarriedQp(qp));
            } else {
                busy.forEach(carried -> carried.wakeIf(qp));
            }
        }
        wakeUp();
    }

    /** Watches a peer's doorbell, whose connection ends when the peer dies. */
    void watch(PeerArena peer) {
        SocketChannel connection = peer.connect();
        try {
            if (connection == null) {
                peer.onDisconnected();
            } else {
                connection.register(selector, SelectionKey.OP_READ, peer);
                selector.wakeup();
            }
        } catch (ClosedChannelException e) {
            peer.onDisconnected();
        }
    }

    private void wakeUp() {
        LockSupport.unpark(thread);
        selector.wakeup();
    }

    /** The pending sends of a queue pair are nobody's any more. Returns when this thread has let go of it. */
    void drop(SoftQp qp) {
        synchronized (busy) {
            busy.removeIf(carried -> carried.qp() == qp);
        }
    }

    private void run() {
        while (!isStopped) {
            try {
                long waitNs = work();
                sleep(waitNs);
                answerDoor();
            } catch (IOException e) {
                LOG.warn("soft: the doorbell failed", e);
            } catch (RuntimeException e) {
                LOG.error("soft: the device thread met a defect and goes on", e);
            }
        }
    }

    /** Runs what is due; gives the time until something else is. */
    private long work() {
        long nextNs = Long.MAX_VALUE;
        long nowNs = System.nanoTime();
        synchronized (busy) {
            for (Iterator<CarriedQp> all = busy.iterator(); all.hasNext(); ) {
                CarriedQp carried = all.next();
                long dueNs = carried.work(nowNs);
                if (dueNs == CarriedQp.NOTHING_LEFT) {
                    all.remove();
                } else {
                    nextNs = Math.min(nextNs, Math.max(0, dueNs - nowNs));
                }
            }
        }
        return nextNs;
    }

    private void sleep(long waitNs) throws IOException {
        if (waitNs == Long.MAX_VALUE) {
            selector.select();
        } else if (waitNs >= MILLISECOND_NS) {
            selector.select(Math.min(waitNs / MILLISECOND_NS, 1000));
        } else {
            LockSupport.parkNanos(this, waitNs);
            selector.selectNow();
        }
    }

    private void answerDoor() throws IOException {
        for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
            SelectionKey key = keys.next();
            keys.remove();
            if (key.isValid() && key.isAcceptable()) {
                accept();
            } else if (key.isValid() && key.isReadable()) {
                boolean isOpen = read((SocketChannel) key.channel());
                if (!isOpen && key.attachment() instanceof PeerArena peer) {
                    peer.onDisconnected();
                }
            }
        }
    }

    private void accept() throws IOException {
        SocketChannel peer = door.accept();
        if (peer != null) {
            if (selector.keys().size() > STRANGERS_MOST) {
                peer.close();
            } else {
                peer.configureBlocking(false);
                peer.register(selector, SelectionKey.OP_READ);
            }
        }
    }

    private boolean read(SocketChannel peer) throws IOException {
        message.clear();
        int bytes;
        try {
            bytes = peer.read(message);
        } catch (IOException e) {
            bytes = -1; // the peer has gone
        }
        if (bytes < 0) {
            peer.close();
        }
        for (int at = 0; at + Long.BYTES <= bytes; at += Long.BYTES) {
            onRing.accept(message.getLong(at));
        }
        return bytes >= 0;
    }

    /** Stops; what is pending stays so. */
    @Override
    public void close() {
        isStopped = true;
        wakeUp();
        try {
            if (Thread.currentThread() != thread) {
                thread.join(2_000);
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            LOG.debug("soft: closing the doorbell", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A queue pair whose pending sends this thread runs: when the next attempt is due and how many were made. */
    private static final class CarriedQp {
        static final long NOTHING_LEFT = Long.MIN_VALUE;
        private static final int FOR_EVER = 7;
        private static final long ATTEMPT_EVERY_NS = 2 * MILLISECOND_NS;

        private final SoftQp qp;
        private long dueNs;
        private long unansweredSinceNs = -1;
        private int notReadyCount;

        CarriedQp(SoftQp qp) {
            this.qp = qp;
            this.dueNs = System.nanoTime();
        }

        SoftQp qp() {
            return qp;
        }

        void wakeIf(SoftQp other) {
            if (qp == other && qp.stateNow() != QpState.RTS) {
                dueNs = System.nanoTime();
            }
        }

        long work(long nowNs) {
            while (!qp.sends().pending().isEmpty()) {
                QpState state = qp.stateNow();
                if (qp.isClosed() || state == QpState.RESET || state == QpState.SQD) {
                    return NOTHING_LEFT; // a move to RTS carries it on
                }
                if (state != QpState.RTS) {
                    endFirst(SendQueue.FLUSHED);
                    continue;
                }
                if (nowNs - dueNs < 0) {
                    return dueNs;
                }
                int outcome = attempt();
                if (outcome >= 0) {
                    endFirst(outcome);
                } else {
                    wait(outcome, nowNs);
                }
            }
            return NOTHING_LEFT;
        }

        private int attempt() {
            int already = qp.sends().pending().takeFirstOutcome();
            if (already != 0) {
                return already;
            }
            SoftSendWr wr = qp.sends().pending().first();
            qp.inlined = wr.isInline() ? qp.sends().pending().firstInline() : null;
            try {
                return qp.run(wr);
            } finally {
                qp.inlined = null;
            }
        }

        private void endFirst(int status) {
            SoftSendWr wr = qp.sends().pending().first();
            long slot = qp.sends().pending().firstSlot();
            qp.sends().complete(wr, slot, status);
            qp.sends().pending().removeFirst();
            unansweredSinceNs = -1;
            notReadyCount = 0;
        }

        private void wait(int outcome, long nowNs) {
            if (outcome == SoftQp.HELD_BACK) {
                dueNs = nowNs + qp.adapter.injectedDelayNs();
            } else if (outcome == SoftQp.NOT_READY) {
                waitForReceiver(nowNs);
            } else {
                waitForAnswer(nowNs);
            }
        }

        private void waitForReceiver(long nowNs) {
            SoftCounters.count(SoftCounter.RNR);
            unansweredSinceNs = -1;
            int most = qp.attributes().rnrRetry();
            if (most != FOR_EVER && notReadyCount++ >= most) {
                endFirst(WcStatus.RNR_RETRY_EXC_ERR.code());
                return;
            }
            RcTarget peer = qp instanceof RcQp rc ? rc.target() : null;
            if (peer != null && !peer.isAlive()) {
                endFirst(WcStatus.RETRY_EXC_ERR.code());
                return;
            }
            dueNs = nowNs + RnrTimer.delayNs(peer == null ? 0 : peer.minRnrTimer());
        }

        private void waitForAnswer(long nowNs) {
            SoftCounters.count(SoftCounter.RETRIES);
            if (unansweredSinceNs == -1) {
                unansweredSinceNs = nowNs;
            }
            int timeout = qp.attributes().timeout();
            long timeoutNs = 4096L << timeout;
            long patienceNs = timeoutNs * (1 + qp.attributes().retryCount());
            boolean isOver = timeout != 0 && nowNs - unansweredSinceNs >= patienceNs;
            RcTarget peer = qp instanceof RcQp rc ? rc.target() : null;
            if (isOver || (peer != null && !peer.isAlive())) {
                endFirst(WcStatus.RETRY_EXC_ERR.code());
                return;
            }
            dueNs = nowNs + (timeout == 0 ? ATTEMPT_EVERY_NS : Math.min(timeoutNs, ATTEMPT_EVERY_NS));
        }
    }
}
