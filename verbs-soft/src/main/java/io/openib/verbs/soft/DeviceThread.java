package io.openib.verbs.soft;

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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
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
    private static final long ACCEPT_PAUSE_NS = 100 * MILLISECOND_NS;
    private static final int STRANGERS_MOST = 4096;

    private final LongConsumer onRing;
    private final Selector selector;
    private final ServerSocketChannel door;
    private final SelectionKey doorKey;
    private final Thread thread;
    private final CarriedQps carried = new CarriedQps();
    private final Queue<Chore> newChores = new ConcurrentLinkedQueue<>();
    private final List<Chore> chores = new ArrayList<>();
    private volatile Attendant attendant = Attendant.NONE;
    private final ByteBuffer message = ByteBuffer.allocate(Long.BYTES * 512);
    private boolean hasPaused;
    private boolean isDoorShut;
    private long doorOpensNs;
    private volatile boolean isStopped;

    /** What this thread does beside. */
    interface Attendant {
        /** Nothing. */
        Attendant NONE = new Attendant() {
            @Override
            public void onDisconnected(PeerArena peer) {}

            @Override
            public long run() {
                return Long.MAX_VALUE;
            }
        };

        /** The connection to a peer's doorbell has ended, or did not come about. Any thread. */
        void onDisconnected(PeerArena peer);

        /** A connection to this process's own doorbell has ended. This thread. */
        default void onCallerGone() {}

        /**
         * Called in each round.
         *
         * @return nanoseconds until something else is due; {@link Long#MAX_VALUE} for nothing
         */
        long run();
    }

    DeviceThread(Path arenaFolder, LongConsumer onRing) throws IOException {
        this.onRing = onRing;
        this.selector = Selector.open();
        this.door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        door.bind(UnixDomainSocketAddress.of(Doorbell.socket(arenaFolder)));
        door.configureBlocking(false);
        doorKey = door.register(selector, SelectionKey.OP_ACCEPT);
        thread = new Thread(this::run, "openib-soft-device");
        thread.setDaemon(true);
    }

    /** Begins, with what is to be done in each round. */
    void start(Attendant inEachRound) {
        attendant = inEachRound;
        thread.start();
    }

    /** Something for this thread to do, under no lock. */
    interface Chore {
        /** Does it; false when it is to be tried again in a while. */
        boolean isDone();

        /** Nanoseconds until it is tried again, at the latest. */
        default long againNs() {
            return MILLISECOND_NS;
        }
    }

    /** Has something done, soon. */
    void later(Chore chore) {
        newChores.add(chore);
        wakeUp();
    }

    /** From now on the pending sends of a queue pair are this thread's. */
    void carryOn(SoftQp qp) {
        carried.add(qp);
        wakeUp();
    }

    /** Watches a peer's doorbell, whose connection ends when the peer dies, and rings what it had no room for. Any thread. */
    void watch(PeerArena peer) {
        if (!isSettled(peer)) {
            later(() -> isSettled(peer));
        }
    }

    /** Whether the peer is watched and all is rung, or it is dead. One that does not answer may be about to die, or this process out of descriptors. */
    private boolean isSettled(PeerArena peer) {
        SocketChannel connection = peer.connect();
        if (connection == null) {
            boolean isDead = !peer.isAlive();
            if (isDead) {
                tellOfEnd(peer);
            }
            return isDead;
        }
        try {
            connection.register(selector, SelectionKey.OP_READ, peer);
            selector.wakeup();
            return peer.ringAgain();
        } catch (ClosedChannelException e) {
            return false;
        }
    }

    private void disconnected(PeerArena peer) {
        if (peer.onDisconnected()) {
            watch(peer);
        } else {
            tellOfEnd(peer);
        }
    }

    private void tellOfEnd(PeerArena peer) {
        attendant.onDisconnected(peer);
        wakeUp();
    }

    /** Has the thread look at once what there is to do. */
    void wakeUp() {
        LockSupport.unpark(thread);
        selector.wakeup();
    }

    /** The pending sends of a queue pair are nobody's any more. Returns when this thread has let go of it. */
    void drop(SoftQp qp) {
        carried.drop(qp);
    }

    private void run() {
        long attendantWaitNs = 0;
        while (!isStopped) {
            try {
                sleep(Math.min(Math.min(attendantWaitNs, tendDoor()), Math.min(carried.work(), doChores())));
                answerDoor();
                attendantWaitNs = attendant.run();
            } catch (IOException e) {
                LOG.warn("soft: the doorbell failed", e);
            } catch (RuntimeException e) {
                LOG.error("soft: the device thread met a defect and goes on", e);
            }
        }
    }

    private long doChores() {
        for (Chore chore = newChores.poll(); chore != null; chore = newChores.poll()) {
            chores.add(chore);
        }
        long waitNs = Long.MAX_VALUE;
        for (int i = chores.size() - 1; i >= 0; i--) {
            Chore chore = chores.remove(i);
            if (!chore.isDone()) {
                chores.add(chore);
                waitNs = Math.min(waitNs, chore.againNs());
            }
        }
        return waitNs;
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
                    disconnected(peer);
                } else if (!isOpen) {
                    attendant.onCallerGone();
                }
            }
        }
    }

    private void accept() {
        try {
            SocketChannel peer = door.accept();
            if (peer != null) {
                if (selector.keys().size() > STRANGERS_MOST) {
                    peer.close();
                } else {
                    peer.configureBlocking(false);
                    peer.register(selector, SelectionKey.OP_READ);
                }
            }
        } catch (IOException e) {
            pause(e);
        }
    }

    /** The selector would tell of the waiting one for ever. */
    private void pause(IOException e) {
        if (!hasPaused) {
            hasPaused = true;
            LOG.warn(
                    "soft: the doorbell can take no connection ({}); it tries again every {} ms: see that descriptors are left "
                            + "(ulimit -n)",
                    e.getMessage(),
                    ACCEPT_PAUSE_NS / MILLISECOND_NS);
        }
        doorKey.interestOps(0);
        isDoorShut = true;
        doorOpensNs = System.nanoTime() + ACCEPT_PAUSE_NS;
    }

    /** Opens the door again when it is time to; nanoseconds until then. */
    private long tendDoor() {
        long waitNs = isDoorShut ? doorOpensNs - System.nanoTime() : Long.MAX_VALUE;
        if (waitNs > 0) {
            return waitNs;
        }
        isDoorShut = false;
        doorKey.interestOps(SelectionKey.OP_ACCEPT);
        return Long.MAX_VALUE;
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
}
