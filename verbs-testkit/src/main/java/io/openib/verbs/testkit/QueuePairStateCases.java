package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.openib.verbs.Errno;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import io.openib.verbs.QueuePair;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The state machine, every pair of states and every attribute of each: see {@link Transitions}. */
interface QueuePairStateCases extends VerbsContract {
    /** A queue pair gets there without traffic. SQE is left out: only a failed datagram leads there. */
    List<QpState> REACHABLE = List.of(QpState.RESET, QpState.INIT, QpState.RTR, QpState.RTS, QpState.SQD, QpState.ERR);

    @ParameterizedTest
    @EnumSource(QpType.class)
    default void shouldMakeEveryLegalMove(QpType type, VerbsFixture fx) {
        forEachPair((from, to) -> {
            Transitions.Move move = Transitions.of(type, from, to);
            if (move != null) {
                QueuePair plain = in(fx, type, from);
                assertThatCode(() -> plain.modify(attributes(fx, from, to, move.required())))
                        .as("%s %s to %s", type, from, to)
                        .doesNotThrowAnyException();
                assertThat(plain.state()).isEqualTo(to);
                Set<QpAttribute> all = EnumSet.copyOf(move.required());
                all.addAll(move.optional());
                QueuePair full = in(fx, type, from);
                assertThatCode(() -> full.modify(attributes(fx, from, to, all)))
                        .as("%s %s to %s with %s", type, from, to, all)
                        .doesNotThrowAnyException();
                assertThat(full.state()).isEqualTo(to);
                fx.near().reset();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(QpType.class)
    default void shouldRefuseEveryIllegalMove(QpType type, VerbsFixture fx) {
        forEachPair((from, to) -> {
            if (Transitions.of(type, from, to) == null) {
                QueuePair qp = in(fx, type, from);
                assertRefused(qp, from, attributes(fx, from, to, Set.of()));
                assertRefused(qp, from, attributes(fx, from, to, fullMask(to)));
                fx.near().reset();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(QpType.class)
    default void shouldRefuseAMoveThatLacksAnAttribute(QpType type, VerbsFixture fx) {
        forEachPair((from, to) -> {
            Transitions.Move move = Transitions.of(type, from, to);
            if (move != null && !move.required().isEmpty()) {
                QueuePair qp = in(fx, type, from);
                for (QpAttribute missing : move.required()) {
                    Set<QpAttribute> mask = EnumSet.copyOf(move.required());
                    mask.remove(missing);
                    assertRefused(qp, from, attributes(fx, from, to, mask));
                }
                fx.near().reset();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(QpType.class)
    default void shouldRefuseAMoveWithAnAttributeThatItDoesNotAllow(QpType type, VerbsFixture fx) {
        forEachPair((from, to) -> {
            Transitions.Move move = Transitions.of(type, from, to);
            if (move != null) {
                QueuePair qp = in(fx, type, from);
                Set<QpAttribute> extras = EnumSet.allOf(QpAttribute.class);
                extras.removeAll(move.required());
                extras.removeAll(move.optional());
                extras.remove(QpAttribute.STATE);
                // What the caller believes is compared before the table is looked at; what follows differs by device.
                extras.remove(QpAttribute.CUR_STATE);
                for (QpAttribute extra : extras) {
                    Set<QpAttribute> mask = EnumSet.of(extra);
                    mask.addAll(move.required());
                    assertRefused(qp, from, attributes(fx, from, to, mask));
                }
                fx.near().reset();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(QpType.class)
    default void shouldRefuseAMoveFromAStateThatItIsNotIn(QpType type, VerbsFixture fx) {
        QueuePair qp = in(fx, type, QpState.RTS);
        qp.modify(attributes(fx, QpState.RTS, QpState.RTS, Set.of(QpAttribute.CUR_STATE)));
        assertRefused(qp, QpState.RTS, attributes(fx, QpState.INIT, QpState.RTS, Set.of(QpAttribute.CUR_STATE)));
    }

    /** Takes every pair of states in turn. */
    interface PairOfStates {
        void accept(QpState from, QpState to);
    }

    private static void forEachPair(PairOfStates each) {
        for (QpState from : REACHABLE) {
            for (QpState to : QpState.values()) {
                each.accept(from, to);
            }
        }
    }

    private static QueuePair in(VerbsFixture fx, QpType type, QpState state) {
        QpRequest request = type == QpType.RC ? QpRequest.rc() : QpRequest.ud();
        QpRef ref = fx.near().createQp(request);
        QueuePair qp = fx.near().qp(ref.handle());
        List<QpState> way =
                switch (state) {
                    case RESET -> List.of();
                    case INIT -> List.of(QpState.INIT);
                    case RTR -> List.of(QpState.INIT, QpState.RTR);
                    case RTS -> List.of(QpState.INIT, QpState.RTR, QpState.RTS);
                    case SQD -> List.of(QpState.INIT, QpState.RTR, QpState.RTS, QpState.SQD);
                    case ERR -> List.of(QpState.INIT, QpState.ERR);
                    case SQE -> throw new IllegalArgumentException("not by modify");
                };
        QpState from = QpState.RESET;
        for (QpState next : way) {
            Transitions.Move move = java.util.Objects.requireNonNull(Transitions.of(type, from, next));
            qp.modify(attributes(fx, from, next, move.required()));
            from = next;
        }
        awaitDrained(qp);
        return qp;
    }

    /** SQD is reached at once, and left only when the send queue has drained, which a device may do by itself, later. */
    static void awaitDrained(QueuePair qp) {
        Deadline deadline = Deadline.after(End.WAIT_MS);
        while (qp.query().isSqDraining()) {
            assertThat(deadline.isOver()).as("%s drains for ever", qp).isFalse();
            Thread.onSpinWait();
        }
    }

    private static Set<QpAttribute> fullMask(QpState to) {
        Set<QpAttribute> mask = EnumSet.allOf(QpAttribute.class);
        mask.remove(QpAttribute.CUR_STATE);
        return to == QpState.SQE ? Set.of() : mask;
    }

    private static void assertRefused(QueuePair qp, QpState from, QpAttributes attributes) {
        SoftAssertions softly = new SoftAssertions();
        String move = qp.type() + " " + from + " to " + attributes.state() + " with " + attributes.mask();
        softly.assertThatThrownBy(() -> qp.modify(attributes))
                .as(move)
                .isInstanceOfSatisfying(io.openib.verbs.VerbsException.class, refusal -> assertThat(refusal.errno())
                        .isEqualTo(Errno.EINVAL));
        softly.assertThat(qp.state()).as("state after the refused " + move).isEqualTo(from);
        softly.assertAll();
    }

    private static QpAttributes attributes(VerbsFixture fx, QpState from, QpState to, Set<QpAttribute> mask) {
        QpAttributes attributes = QpAttributes.toState(to);
        PortAddress own = fx.near().address();
        for (QpAttribute attribute : mask) {
            switch (attribute) {
                case STATE -> attributes.state(to);
                case CUR_STATE -> attributes.currentState(from);
                case ACCESS_FLAGS -> attributes.accessFlags(Set.of());
                case PKEY_INDEX -> attributes.pkeyIndex(0);
                case PORT -> attributes.port(own.port());
                case QKEY -> attributes.qkey(Wiring.QKEY);
                case AV -> attributes.addressVector(own.from(own));
                case PATH_MTU -> attributes.pathMtu(Mtu.MTU_1024);
                case TIMEOUT -> attributes.timeout(14);
                case RETRY_CNT -> attributes.retryCount(7);
                case RNR_RETRY -> attributes.rnrRetry(7);
                case RQ_PSN -> attributes.rqPsn(1);
                case SQ_PSN -> attributes.sqPsn(1);
                case MAX_QP_RD_ATOMIC -> attributes.maxRdAtomic(1);
                case MAX_DEST_RD_ATOMIC -> attributes.maxDestRdAtomic(1);
                case MIN_RNR_TIMER -> attributes.minRnrTimer(12);
                case DEST_QPN -> attributes.destQpNumber(1);
            }
        }
        return attributes;
    }
}
