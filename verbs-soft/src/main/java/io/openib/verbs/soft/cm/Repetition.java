package io.openib.verbs.soft.cm;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends a message until it is answered or given up. Under the agent's lock. */
final class Repetition {
    /** How much slower a message is repeated once the peer has acknowledged it. */
    private static final int PATIENCE = 4;

    private final CmAgent agent;
    private final CmLink link;
    private @Nullable CmTimer timer;
    private int left;
    private boolean isAcknowledged;
    private long patientUntilNs;

    Repetition(CmAgent agent, CmLink link) {
        this.agent = agent;
        this.link = link;
    }

    /** Sends it now and repeats it; gives up what was repeated before. */
    void start(CmMessage message, Runnable onUnanswered) {
        stop();
        left = agent.settings().retries();
        isAcknowledged = false;
        link.send(message);
        schedule(message, onUnanswered);
    }

    /** The peer's connection manager has the message, its program takes its time. */
    void acknowledge() {
        if (!isAcknowledged) {
            isAcknowledged = true;
            patientUntilNs = System.nanoTime()
                    + TimeUnit.MILLISECONDS.toNanos(agent.settings().serviceTimeoutMs());
        }
    }

    boolean isAcknowledged() {
        return isAcknowledged;
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void schedule(CmMessage message, Runnable onUnanswered) {
        long delayMs = agent.settings().responseTimeoutMs() * (isAcknowledged ? PATIENCE : 1);
        timer = agent.loop().schedule(delayMs, () -> onTime(message, onUnanswered));
    }

    private void onTime(CmMessage message, Runnable onUnanswered) {
        if (isAcknowledged ? System.nanoTime() - patientUntilNs < 0 : left-- > 0) {
            link.send(message);
            schedule(message, onUnanswered);
        } else {
            timer = null;
            onUnanswered.run();
        }
    }
}
