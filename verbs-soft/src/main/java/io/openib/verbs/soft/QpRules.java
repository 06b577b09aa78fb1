package io.openib.verbs.soft;

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
import static io.openib.verbs.QpAttribute.STATE;
import static io.openib.verbs.QpAttribute.TIMEOUT;
import static io.openib.verbs.QpState.ERR;
import static io.openib.verbs.QpState.INIT;
import static io.openib.verbs.QpState.RESET;
import static io.openib.verbs.QpState.RTR;
import static io.openib.verbs.QpState.RTS;
import static io.openib.verbs.QpState.SQD;
import static io.openib.verbs.QpState.SQE;

import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which moves a queue pair can make, and which attributes each needs and takes: the table of the InfiniBand specification
 * (volume 1, section 10.3) as verbs applies it.
 */
final class QpRules {
    private record Rule(Set<QpAttribute> required, Set<QpAttribute> optional) {}

    /** By type, by the state that is left, by the one that is entered. */
    private static final Map<QpType, Map<QpState, Map<QpState, Rule>>> MOVES = new EnumMap<>(QpType.class);

    static {
        both(RESET, INIT, EnumSet.of(PKEY_INDEX, PORT), EnumSet.noneOf(QpAttribute.class));
        require(QpType.RC, RESET, INIT, ACCESS_FLAGS);
        require(QpType.UD, RESET, INIT, QKEY);
        rc(INIT, INIT, EnumSet.noneOf(QpAttribute.class), EnumSet.of(PKEY_INDEX, PORT, ACCESS_FLAGS));
        ud(INIT, INIT, EnumSet.noneOf(QpAttribute.class), EnumSet.of(PKEY_INDEX, PORT, QKEY));
        rc(
                INIT,
                RTR,
                EnumSet.of(AV, PATH_MTU, DEST_QPN, RQ_PSN, MAX_DEST_RD_ATOMIC, MIN_RNR_TIMER),
                EnumSet.of(ACCESS_FLAGS, PKEY_INDEX));
        ud(INIT, RTR, EnumSet.noneOf(QpAttribute.class), EnumSet.of(PKEY_INDEX, QKEY));
        rc(
                RTR,
                RTS,
                EnumSet.of(TIMEOUT, RETRY_CNT, RNR_RETRY, SQ_PSN, MAX_QP_RD_ATOMIC),
                EnumSet.of(CUR_STATE, ACCESS_FLAGS, MIN_RNR_TIMER));
        ud(RTR, RTS, EnumSet.of(SQ_PSN), EnumSet.of(CUR_STATE, QKEY));
        rc(RTS, RTS, EnumSet.noneOf(QpAttribute.class), EnumSet.of(CUR_STATE, ACCESS_FLAGS, MIN_RNR_TIMER));
        ud(RTS, RTS, EnumSet.noneOf(QpAttribute.class), EnumSet.of(CUR_STATE, QKEY));
        both(RTS, SQD, EnumSet.noneOf(QpAttribute.class), EnumSet.noneOf(QpAttribute.class));
        rc(SQD, RTS, EnumSet.noneOf(QpAttribute.class), EnumSet.of(CUR_STATE, ACCESS_FLAGS, MIN_RNR_TIMER));
        ud(SQD, RTS, EnumSet.noneOf(QpAttribute.class), EnumSet.of(CUR_STATE, QKEY));
        rc(
                SQD,
                SQD,
                EnumSet.noneOf(QpAttribute.class),
                EnumSet.of(
                        PKEY_INDEX,
                        PORT,
                        AV,
                        TIMEOUT,
                        RETRY_CNT,
                        RNR_RETRY,
                        MAX_QP_RD_ATOMIC,
                        MAX_DEST_RD_ATOMIC,
                        ACCESS_FLAGS,
                        MIN_RNR_TIMER));
        ud(SQD, SQD, EnumSet.noneOf(QpAttribute.class), EnumSet.of(PKEY_INDEX, QKEY));
        ud(SQE, RTS, EnumSet.noneOf(QpAttribute.class), EnumSet.of(CUR_STATE, QKEY));
        for (QpState from : QpState.values()) {
            both(from, RESET, EnumSet.noneOf(QpAttribute.class), EnumSet.noneOf(QpAttribute.class));
            if (from != RESET) {
                both(from, ERR, EnumSet.noneOf(QpAttribute.class), EnumSet.noneOf(QpAttribute.class));
            }
        }
    }

    private QpRules() {}

    private static void both(QpState from, QpState to, Set<QpAttribute> required, Set<QpAttribute> optional) {
        rc(from, to, EnumSet.copyOf(required), optional);
        ud(from, to, EnumSet.copyOf(required), optional);
    }

    private static void rc(QpState from, QpState to, Set<QpAttribute> required, Set<QpAttribute> optional) {
        moves(QpType.RC, from).put(to, new Rule(required, optional));
    }

    private static void ud(QpState from, QpState to, Set<QpAttribute> required, Set<QpAttribute> optional) {
        moves(QpType.UD, from).put(to, new Rule(required, optional));
    }

    private static void require(QpType type, QpState from, QpState to, QpAttribute more) {
        Objects.requireNonNull(moves(type, from).get(to)).required().add(more);
    }

    private static Map<QpState, Rule> moves(QpType type, QpState from) {
        return MOVES.computeIfAbsent(type, any -> new EnumMap<>(QpState.class))
                .computeIfAbsent(from, any -> new EnumMap<>(QpState.class));
    }

    /** What is wrong with a move; null when nothing is. */
    static @Nullable String problem(QpType type, QpState from, QpAttributes attributes) {
        if (attributes.has(CUR_STATE) && attributes.currentState() != from) {
            return "it is in " + from + ", not in " + attributes.currentState() + " as cur_state says";
        }
        QpState to = attributes.has(STATE) ? attributes.state() : from;
        Rule rule =
                MOVES.getOrDefault(type, Map.of()).getOrDefault(from, Map.of()).get(to);
        if (rule == null) {
            return "a queue pair of type " + type + " cannot go from " + from + " to " + to;
        }
        Set<QpAttribute> missing = EnumSet.copyOf(rule.required());
        missing.removeAll(attributes.mask());
        if (!missing.isEmpty()) {
            return from + " to " + to + " needs " + missing + " to be set";
        }
        Set<QpAttribute> foreign = attributes.mask();
        foreign.remove(STATE);
        foreign.removeAll(rule.required());
        foreign.removeAll(rule.optional());
        return foreign.isEmpty() ? null : from + " to " + to + " does not take " + foreign;
    }

    /** What is wrong with a value; null when nothing is. */
    static @Nullable String valueProblem(QpAttributes attributes, int ports, int pkeys, int gids) {
        String problem = range(attributes, PORT, attributes.port(), 1, ports);
        problem = problem != null ? problem : range(attributes, PKEY_INDEX, attributes.pkeyIndex(), 0, pkeys - 1);
        problem = problem != null ? problem : range(attributes, TIMEOUT, attributes.timeout(), 0, 31);
        problem = problem != null ? problem : range(attributes, RETRY_CNT, attributes.retryCount(), 0, 7);
        problem = problem != null ? problem : range(attributes, RNR_RETRY, attributes.rnrRetry(), 0, 7);
        problem = problem != null ? problem : range(attributes, MIN_RNR_TIMER, attributes.minRnrTimer(), 0, 31);
        problem = problem != null ? problem : range(attributes, RQ_PSN, attributes.rqPsn(), 0, 0xffffff);
        problem = problem != null ? problem : range(attributes, SQ_PSN, attributes.sqPsn(), 0, 0xffffff);
        problem = problem != null ? problem : range(attributes, DEST_QPN, attributes.destQpNumber(), 0, 0xffffff);
        problem = problem != null
                ? problem
                : range(attributes, MAX_QP_RD_ATOMIC, attributes.maxRdAtomic(), 0, SoftDevice.MAX_RD_ATOMIC);
        problem = problem != null
                ? problem
                : range(attributes, MAX_DEST_RD_ATOMIC, attributes.maxDestRdAtomic(), 0, SoftDevice.MAX_RD_ATOMIC);
        if (problem == null && attributes.has(AV) && attributes.addressVector().grh() != null) {
            int index = attributes.addressVector().grh().sgidIndex();
            return index < 0 || index >= gids ? "there is no GID with index " + index : null;
        }
        return problem;
    }

    private static @Nullable String range(
            QpAttributes attributes, QpAttribute attribute, int value, int low, int high) {
        return attributes.has(attribute) && (value < low || value > high)
                ? attribute + " is " + value + ", not within " + low + " to " + high
                : null;
    }
}
