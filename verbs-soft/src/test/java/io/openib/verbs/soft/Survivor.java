package io.openib.verbs.soft;

import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wiring;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** A producer in a process of its own that nobody kills: sends one message after the other until it is closed. */
final class Survivor implements AutoCloseable {
    private static final long PAUSE_NS = 2_000_000;

    private final SharedTarget target;
    private final PeerProcess process;
    private final End producer;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final Thread sender = new Thread(this::send, "kill-test-survivor");

    Survivor(SharedTarget target) {
        this.target = target;
        process = PeerProcess.start(new SoftEthernet());
        producer = End.open(process.side(), QpRequest.rc(), 0);
        QpRef served = target.serve(process.side().address(), producer.number());
        producer.connect(
                Wiring.to(target.side().address(), served.number(), 0, 0).retries(Victim.PATIENT_TIMEOUT, 7));
        sender.start();
    }

    private void send() {
        for (long message = 0; !isOver.get(); message++) {
            producer.write(0, ByteBuffer.allocate(8).putLong(message).array());
            producer.post(Send.send(message, producer.region().part(0, 8)));
            producer.awaitSend(WcStatus.SUCCESS);
            LockSupport.parkNanos(PAUSE_NS); // leaves the cores to those that are to die
        }
    }

    /** Waits until the target has more messages than so many. */
    void awaitMore(long before) {
        target.await("a message of the survivor", () -> target.fromSurvivor() > before);
    }

    /** Waits until every receive of the target was used: none was lost with the dead. */
    void awaitEverySlotUsed() {
        target.await("every receive is used", () -> target.usedSlots() == SharedTarget.RECEIVES);
    }

    @Override
    public void close() {
        isOver.set(true);
        Threads.join(sender);
        process.close();
    }
}
