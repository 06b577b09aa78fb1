package io.openib.verbs.soft;

import io.openib.mca.McaParameters;
import io.openib.verbs.soft.cm.CmFaults;
import io.openib.verbs.soft.cm.CmMessageKind;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Seeded chance that something goes wrong, as parameters say. Every fault that is made is counted. Thread-safe. */
final class FaultInjector implements CmFaults {
    /** Nothing happens to the operation. */
    static final int NONE = 0;

    static final int LOST = 1;
    static final int DELAYED = 2;
    static final int DUPLICATED = 3;
    static final int REORDERED = 4;
    static final int RNR = 5;
    static final int BROKEN = 6;
    static final int PORT_DOWN = 7;
    static final int PORT_UP = 8;
    static final int FATAL = 9;

    private final double lose;
    private final double delay;
    private final int delayUs;
    private final double duplicate;
    private final double reorder;
    private final double rnr;
    private final double breakQp;
    private final double cmReject;
    private final int portDownAfter;
    private final int portUpAfter;
    private final int fatalAfter;
    private final @Nullable FaultPoint point;
    private final int pointPassage;
    private final boolean isOn;
    private final Random random;
    private int operations;
    private int passages;

    FaultInjector(McaParameters values) {
        lose = values.value(FaultParameters.LOSE);
        delay = values.value(FaultParameters.DELAY);
        delayUs = values.value(FaultParameters.DELAY_US);
        duplicate = values.value(FaultParameters.DUPLICATE);
        reorder = values.value(FaultParameters.REORDER);
        rnr = values.value(FaultParameters.RNR);
        breakQp = values.value(FaultParameters.BREAK_QP);
        cmReject = values.value(FaultParameters.CM_REJECT);
        portDownAfter = values.value(FaultParameters.PORT_DOWN_AFTER);
        portUpAfter = values.value(FaultParameters.PORT_UP_AFTER);
        fatalAfter = values.value(FaultParameters.FATAL_AFTER);
        point = FaultPoint.named(values.value(FaultParameters.POINT));
        pointPassage = FaultPoint.passage(values.value(FaultParameters.POINT));
        random = new Random(values.value(FaultParameters.SEED));
        isOn = lose + delay + duplicate + reorder + rnr + breakQp > 0
                || portDownAfter + (long) portUpAfter + fatalAfter > 0;
    }

    /** Whether operations are to be asked about at all. */
    boolean isOn() {
        return isOn;
    }

    /** Whether anything at all may go wrong by its doing. */
    boolean isArmed() {
        return isOn || hasPoint() || cmReject > 0;
    }

    /** Whether a fault point is set. */
    boolean hasPoint() {
        return point != null;
    }

    void pass(FaultPoint passed) {
        if (passed == point) {
            synchronized (this) {
                passages++;
                if (passages != pointPassage) {
                    return;
                }
            }
            passed.stopHere();
        }
    }

    /**
     * What happens to the next operation. A duplicate, and a receiver that is not ready, are counted by who makes them: not
     * every operation can have them.
     */
    synchronized int fate() {
        operations++;
        int timed = timedFate();
        if (timed != NONE) {
            return timed;
        }
        double chance = random.nextDouble();
        double sum = lose;
        if (chance < sum) {
            return counted(LOST, SoftCounter.FAULT_LOST);
        }
        sum += delay;
        if (chance < sum) {
            return counted(DELAYED, SoftCounter.FAULT_DELAYED);
        }
        sum += duplicate;
        if (chance < sum) {
            return DUPLICATED;
        }
        sum += reorder;
        if (chance < sum) {
            return counted(REORDERED, SoftCounter.FAULT_REORDERED);
        }
        sum += rnr;
        if (chance < sum) {
            return RNR;
        }
        sum += breakQp;
        return chance < sum ? counted(BROKEN, SoftCounter.FAULT_BROKEN_QP) : NONE;
    }

    private int timedFate() {
        if (operations == fatalAfter) {
            return counted(FATAL, SoftCounter.FAULT_FATAL);
        }
        if (operations == portDownAfter) {
            return counted(PORT_DOWN, SoftCounter.FAULT_PORT);
        }
        return operations == portUpAfter ? counted(PORT_UP, SoftCounter.FAULT_PORT) : NONE;
    }

    private static int counted(int fate, SoftCounter counter) {
        SoftCounters.count(counter);
        return fate;
    }

    synchronized long delayNs() {
        return 1000L * (1 + random.nextInt(delayUs));
    }

    @Override
    public synchronized Fate fateOf(CmMessageKind kind) {
        double chance = random.nextDouble();
        if (chance < lose) {
            SoftCounters.count(SoftCounter.FAULT_LOST);
            return Fate.LOST;
        }
        if (chance < lose + delay) {
            SoftCounters.count(SoftCounter.FAULT_DELAYED);
            return new Fate(false, 1 + random.nextInt(delayUs) / 1000, false);
        }
        if (chance < lose + delay + duplicate) {
            SoftCounters.count(SoftCounter.FAULT_DUPLICATED);
            return new Fate(false, 0, true);
        }
        return Fate.DELIVERED;
    }

    @Override
    public synchronized boolean rejectsRequest() {
        boolean isRejected = random.nextDouble() < cmReject;
        if (isRejected) {
            SoftCounters.count(SoftCounter.FAULT_CM_REJECTED);
        }
        return isRejected;
    }
}
