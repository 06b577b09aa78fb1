package io.openib.verbs.testkit;

import static io.openib.verbs.QpAttribute.ACCESS_FLAGS;
import static io.openib.verbs.QpAttribute.AV;
import static io.openib.verbs.QpAttribute.CUR_STATE;
import static io.openib.verbs.QpAttribute.DEST_QPN;
import static io.openib.verbs.QpAttribute.MAX_DEST_RD_ATOMIC;
import static io.openib.verbs.QpAttribute.MAX_QP_RD_ATOMIC;
import static io.openib.verbs.QpAttribute.MIN_RNR_TIMER;
import static io.openib.verbs.QpAttribute.PATH_MTU;
import static io.openib.verbs.QpAttribute.PKEY_INDEX;
import static io.openib.verbs.QpAttribute.PORT;
import static io.openib.verbs.QpAttribute.QKEY;
import static io.openib.verbs.QpAttribute.RETRY_CNT;
import static io.openib.verbs.QpAttribute.RNR_RETRY;
import static io.openib.verbs.QpAttribute.RQ_PSN;
import static io.openib.verbs.QpAttribute.SQ_PSN;
import static io.openib.verbs.QpAttribute.TIMEOUT;

import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of the InfiniBand specification, as the kernel holds every device to it: each legal move with the
 * attributes that it requires and those that it allows beside them.
 */
final class Transitions {
    /** What a move needs and what it allows. */
    record Move(Set<QpAttribute> required, Set<QpAttribute> optional) {}

    private record Key(QpType type, QpState from, QpState to) {}

    private static final Set<QpAttribute> NONE = EnumSet.noneOf(QpAttribute.class);
    private static final Map<Key, Move> MOVES = moves();

    private Transitions() {}

    /** The move, or null when there is none. */
    static @Nullable Move of(QpType type, QpState from, QpState to) {
        return MOVES.get(new Key(type, from, to));
    }

    private static Map<Key, Move> moves() {
        Map<Key, Move> moves = new LinkedHashMap<>();
        for (QpType type : QpType.values()) {
            for (QpState from : QpState.values()) {
                moves.put(new Key(type, from, QpState.RESET), new Move(NONE, NONE));
                if (from != QpState.RESET) {
                    moves.put(new Key(type, from, QpState.ERR), new Move(NONE, NONE));
                }
            }
        }
        addRc(moves);
        addUd(moves);
        return moves;
    }

    private static void addRc(Map<Key, Move> moves) {
        Set<QpAttribute> init = EnumSet.of(PKEY_INDEX, PORT, ACCESS_FLAGS);
        Set<QpAttribute> running = EnumSet.of(CUR_STATE, ACCESS_FLAGS, MIN_RNR_TIMER);
        moves.put(rc(QpState.RESET, QpState.INIT), new Move(init, NONE));
        moves.put(rc(QpState.INIT, QpState.INIT), new Move(NONE, init));
        moves.put(
                rc(QpState.INIT, QpState.RTR),
                new Move(
                        EnumSet.of(AV, PATH_MTU, DEST_QPN, RQ_PSN, MAX_DEST_RD_ATOMIC, MIN_RNR_TIMER),
                        EnumSet.of(PKEY_INDEX, ACCESS_FLAGS)));
        moves.put(
                rc(QpState.RTR, QpState.RTS),
                new Move(EnumSet.of(TIMEOUT, RETRY_CNT, RNR_RETRY, SQ_PSN, MAX_QP_RD_ATOMIC), running));
        moves.put(rc(QpState.RTS, QpState.RTS), new Move(NONE, running));
        moves.put(rc(QpState.RTS, QpState.SQD), new Move(NONE, NONE));
        moves.put(rc(QpState.SQD, QpState.RTS), new Move(NONE, running));
        moves.put(
                rc(QpState.SQD, QpState.SQD),
                new Move(
                        NONE,
                        EnumSet.of(
                                PORT,
                                AV,
                                TIMEOUT,
                                RETRY_CNT,
                                RNR_RETRY,
                                MAX_QP_RD_ATOMIC,
                                MAX_DEST_RD_ATOMIC,
                                ACCESS_FLAGS,
                                PKEY_INDEX,
                                MIN_RNR_TIMER)));
    }

    private static void addUd(Map<Key, Move> moves) {
        Set<QpAttribute> init = EnumSet.of(PKEY_INDEX, PORT, QKEY);
        Set<QpAttribute> running = EnumSet.of(CUR_STATE, QKEY);
        moves.put(ud(QpState.RESET, QpState.INIT), new Move(init, NONE));
        moves.put(ud(QpState.INIT, QpState.INIT), new Move(NONE, init));
        moves.put(ud(QpState.INIT, QpState.RTR), new Move(NONE, EnumSet.of(PKEY_INDEX, QKEY)));
        moves.put(ud(QpState.RTR, QpState.RTS), new Move(EnumSet.of(SQ_PSN), running));
        moves.put(ud(QpState.RTS, QpState.RTS), new Move(NONE, running));
        moves.put(ud(QpState.RTS, QpState.SQD), new Move(NONE, NONE));
        moves.put(ud(QpState.SQD, QpState.RTS), new Move(NONE, running));
        moves.put(ud(QpState.SQD, QpState.SQD), new Move(NONE, EnumSet.of(PKEY_INDEX, QKEY)));
        moves.put(ud(QpState.SQE, QpState.RTS), new Move(NONE, running));
    }

    private static Key rc(QpState from, QpState to) {
        return new Key(QpType.RC, from, to);
    }

    private static Key ud(QpState from, QpState to) {
        return new Key(QpType.UD, from, to);
    }
}
