package io.openib.wireup.rdmacm;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AddressVector;
import io.openib.verbs.AddressVector.GlobalRoute;
import io.openib.verbs.Gid;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which partition and port the queue pairs of a set end up in; the set is made for port 1 and row 0. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PathsTest {
    private static final int CLASS_OF_PATH = 32;
    private static final int RATE_OF_PATH = 5;
    private static final ConnectionParameters TOLD = new ConnectionParameters(new byte[0], 4, 4, 7, 7, false, 1);

    /** An id that knows its path. */
    private static CmId idWith(QpAttributes initial, int lid) {
        GlobalRoute route = GlobalRoute.to(new Gid(0xfdL << 56, 2), 1).inClass(CLASS_OF_PATH);
        QpAttributes path = QpAttributes.none().addressVector(new AddressVector(1, lid, 0, 0, RATE_OF_PATH, route));
        return (CmId) Proxy.newProxyInstance(
                PathsTest.class.getClassLoader(), new Class<?>[] {CmId.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("initQpAttributes");
                    return arguments[0] == QpState.INIT ? initial : path;
                });
    }

    /** The queue pairs of a set, all of which get to RTS. */
    private static List<ScriptedQueuePair> moved(QpAttributes initial, Options options) {
        return moved(initial, options, 0);
    }

    private static List<ScriptedQueuePair> moved(QpAttributes initial, Options options, int lid) {
        try (CmHarness side = new CmHarness(1, options)) {
            QueuePairSet set = side.createQueuePairs(new PeerName(2));
            Hello hello = new Hello(1, 1, 2, 1, 0, 0, 0, Collections.nCopies(set.size(), 9));
            Paths.toReadyToSend(idWith(initial, lid), set, hello, TOLD, side.configuration());
            assertThat(set.queuePairs()).extracting(QueuePair::state).containsOnly(QpState.RTS);
            return set.queuePairs().stream().map(ScriptedQueuePair.class::cast).toList();
        }
    }

    /** The moves to INIT of each queue pair. */
    private static List<List<QpAttributes>> initsOf(QpAttributes initial) {
        return moved(initial, new Options()).stream().map(qp -> qp.inits).toList();
    }

    private static QpAttributes place(int port, int pkeyIndex) {
        return QpAttributes.toState(QpState.INIT)
                .port(port)
                .pkeyIndex(pkeyIndex)
                .accessFlags(Set.of());
    }

    @Test
    void shouldTakeEveryQueuePairToThePartitionAndPortOfThePath() {
        for (QpAttributes elsewhere : List.of(place(1, 3), place(2, 0))) {
            assertThat(initsOf(elsewhere)).hasSize(4).allSatisfy(inits -> {
                assertThat(inits).hasSize(2);
                QpAttributes moved = inits.get(1);
                assertThat(moved.pkeyIndex()).isEqualTo(elsewhere.pkeyIndex());
                assertThat(moved.port()).isEqualTo(elsewhere.port());
                assertThat(moved.mask())
                        .as("the access stays")
                        .containsExactlyInAnyOrder(QpAttribute.STATE, QpAttribute.PKEY_INDEX, QpAttribute.PORT);
            });
        }
    }

    @Test
    void shouldSendInTheTrafficClassThatIsAskedForOrElseThePaths() {
        Options options = new Options();
        for (int asked : new int[] {0, 104}) {
            options.trafficClass = asked;
            assertThat(moved(place(1, 0), options))
                    .extracting(qp -> qp.rtr.addressVector().grh())
                    .extracting("trafficClass")
                    .containsOnly(asked == 0 ? CLASS_OF_PATH : asked);
        }
    }

    @Test
    void shouldSendNoFasterThanThePathOfASubnetAllows() {
        Options options = new Options();
        for (int trafficClass : new int[] {0, 104}) {
            options.trafficClass = trafficClass;
            assertThat(moved(place(1, 0), options, 9))
                    .extracting(qp -> qp.rtr.addressVector().staticRate())
                    .containsOnly(RATE_OF_PATH);
        }
        assertThat(moved(place(1, 0), options))
                .as("on Ethernet there is no such path")
                .extracting(qp -> qp.rtr.addressVector().staticRate())
                .containsOnly(0);
    }

    @Test
    void shouldLeaveQueuePairsWhereThePathDoesNotLeadElsewhere() {
        QpAttributes withoutPartition = QpAttributes.toState(QpState.INIT).accessFlags(Set.of());
        for (QpAttributes here : List.of(place(1, 0), withoutPartition)) {
            assertThat(initsOf(here)).allSatisfy(inits -> assertThat(inits).hasSize(1));
        }
    }
}
