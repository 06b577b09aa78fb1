package io.openib.cli.programs;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The one peer of a ping-pong, and the memory both share with each other. Each side has memory that the other writes
 * into ({@link #inbox}), and memory that it writes from ({@link #outbox}).
 */
final class Partner implements AutoCloseable {
    /** A timed message: sent back as long as it came. */
    static final int PING = 1;
    /** A message whose content is sent back. */
    static final int CHECK = 2;
    /** The handle of the sender's inbox. */
    static final int INBOX = 3;
    /** So many bytes were put into the receiver's inbox: put back as many. */
    static final int PUT = 4;
    /** As {@link #PUT}, with the content that came. */
    static final int CHECK_PUT = 5;
    /** A message that only counts. */
    static final int STREAM = 6;
    /** Asks whether the receiver's compiler has rested since this was last asked; answered with a number, 0 for no. */
    static final int REST = 7;
    /** The end. */
    static final int BYE = 8;
    /** Asks, once so many timed messages have come, for what came; answered with their number and the sum of their ends. */
    static final int ARRIVALS = 9;

    private final Session session;
    private final int peer;
    private final RegisteredMemory inbox;
    private final RegisteredMemory outbox;
    private final ByteBuffer message;
    private final ByteBuffer inboxView;
    private final ByteBuffer outboxView;
    private final int immediateBytes;
    private @Nullable MemoryHandle peersInbox;
    private final CompletionHandler putHandler = this::onPut;
    private boolean isPutDone;
    private int putStatus;

    Partner(Session session, int largest) {
        Btl btl = session.btl();
        this.session = session;
        this.peer = 1 - session.rank();
        this.immediateBytes = btl.maxImmediateBytes();
        this.message = ByteBuffer.allocateDirect(btl.maxSendBytes()).order(ByteOrder.nativeOrder());
        this.inbox = btl.allocate(largest);
        this.outbox = btl.allocate(largest);
        this.inboxView = inbox.buffer();
        this.outboxView = outbox.buffer();
        btl.registerReceive(INBOX, (from, tag, data, offset, length) -> {
            byte[] form = new byte[length];
            data.get(offset, form);
            peersInbox = MemoryHandle.of(form);
        });
    }

    /** Connects and exchanges the handles. */
    void meet() {
        session.connect(peer);
        ByteBuffer form = ByteBuffer.wrap(inbox.handle().toBytes());
        session.send(peer, INBOX, form, form.capacity());
        session.await(() -> peersInbox != null);
    }

    int peer() {
        return peer;
    }

    /** What active messages are sent from. */
    ByteBuffer message() {
        return message;
    }

    ByteBuffer inbox() {
        return inboxView;
    }

    ByteBuffer outbox() {
        return outboxView;
    }

    RegisteredMemory inboxMemory() {
        return inbox;
    }

    RegisteredMemory outboxMemory() {
        return outbox;
    }

    MemoryHandle peersInbox() {
        MemoryHandle handle = peersInbox;
        if (handle == null) {
            throw new IllegalStateException("the partners have not met");
        }
        return handle;
    }

    /** Sends the first bytes of {@link #message}, in the quickest way for their number. */
    void send(int tag, int length) {
        while (session.isRefused(post(tag, length), peer)) {
            session.progress();
        }
    }

    /** The same if it can be done at once; false leaves it to {@link #send}. From within callbacks too. */
    boolean trySend(int tag, int length) {
        return post(tag, length) == BtlStatus.OK;
    }

    private int post(int tag, int length) {
        Btl btl = session.btl();
        return length <= immediateBytes
                ? btl.sendImmediate(peer, tag, message, 0, length)
                : btl.send(peer, tag, message, 0, length, null, 0);
    }

    /** Puts the memory's first bytes into the peer's inbox and returns when they are there. */
    void put(RegisteredMemory from, int length) {
        isPutDone = false;
        while (session.isRefused(session.btl().put(peer, from, 0, peersInbox(), 0, length, putHandler, 0), peer)) {
            session.progress();
        }
        while (!isPutDone) {
            session.progress();
        }
        if (putStatus != 0) {
            throw session.lost(peer, putStatus);
        }
    }

    private void onPut(long cookie, int status) {
        putStatus = status;
        isPutDone = true;
    }

    /** Sends a number as a message. */
    void tell(int tag, int number) {
        message.putInt(0, number);
        send(tag, Integer.BYTES);
    }

    @Override
    public void close() {
        outbox.close();
        inbox.close();
    }
}
