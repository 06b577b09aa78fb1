package io.openib.verbs.soft.cm;

import static io.openib.verbs.soft.cm.CmSide.parameters;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Mtu;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CmFaultTest {
    private static final CmSettings PATIENT = new CmSettings(10, 40, 20_000, 10, 5_000, 64, 256);

    @Test
    void shouldConnectAndDisconnectWhateverIsLostDoubledOrDelayed() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("CmFaultTest seed " + seed);
        SeededCmFaults serverFaults = new SeededCmFaults(seed, 0.3, 0.3, 0.3, 25);
        SeededCmFaults clientFaults = new SeededCmFaults(seed + 1, 0.3, 0.3, 0.3, 25);
        try (CmSide server = new CmSide(1, Mtu.MTU_1024, serverFaults, PATIENT);
                CmSide client = new CmSide(2, Mtu.MTU_1024, clientFaults, PATIENT)) {
            CmId listener = server.listen();
            for (int round = 0; round < 40; round++) {
                CmSide.Pair pair = CmSide.connect(client, server, listener, 2 * round, 2 * round + 1);
                boolean isActiveFirst = round % 2 == 0;
                CmId second = isActiveFirst ? pair.passive() : pair.active();
                (isActiveFirst ? pair.active() : pair.passive()).disconnect();
                (isActiveFirst ? server : client).expect(CmEventType.DISCONNECTED, second);
                second.disconnect();
                (isActiveFirst ? client : server)
                        .expect(CmEventType.DISCONNECTED, isActiveFirst ? pair.active() : pair.passive());
                server.expect(CmEventType.TIMEWAIT_EXIT, pair.passive());
                client.expect(CmEventType.TIMEWAIT_EXIT, pair.active());
                pair.active().close();
                pair.passive().close();
            }
        }
        for (SeededCmFaults faults : Set.of(serverFaults, clientFaults)) {
            assertThat(faults.lost).isPositive();
            assertThat(faults.duplicated).isPositive();
            assertThat(faults.delayed).isPositive();
        }
    }

    @Test
    void shouldDeliverARejectionWhateverIsLost() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("CmFaultTest seed " + seed);
        SeededCmFaults faults = new SeededCmFaults(seed, 0.5, 0, 0, 1);
        try (CmSide server = new CmSide(1, Mtu.MTU_1024, faults, PATIENT);
                CmSide client = new CmSide(2, Mtu.MTU_1024, CmFaults.NONE, PATIENT)) {
            CmId listener = server.listen();
            for (int round = 0; round < 20; round++) {
                CmId active = client.connecting(listener, round);
                server.expect(CmEventType.CONNECT_REQUEST).id().reject(new byte[] {7});
                CmEvent rejected = client.expect(CmEventType.REJECTED, active);
                assertThat(rejected.status()).isEqualTo(CmEvent.REJECT_CONSUMER);
                assertThat(rejected.privateData()[0]).isEqualTo((byte) 7);
            }
        }
        assertThat(faults.lost).isPositive();
    }

    @Test
    void shouldRejectARequestOnDemand() throws InterruptedException {
        SeededCmFaults faults = new SeededCmFaults(0, 0, 0, 0, 1);
        faults.rejections = 1;
        try (CmSide server = new CmSide(1, Mtu.MTU_1024, faults, CmSide.FAST);
                CmSide client = new CmSide(2)) {
            CmId listener = server.listen();
            CmId active = client.connecting(listener, 1);
            assertThat(client.expect(CmEventType.REJECTED, active).status()).isEqualTo(3);
            server.expectNothing();
            CmSide.connect(client, server, listener, 1, 2);
            assertThat(faults.rejected).isEqualTo(1);
        }
    }

    /** Each kind lost for good, one after the other: everybody still gets an outcome. */
    @Test
    void shouldEndInAnEventWhenAKindOfMessageNeverArrives() throws InterruptedException {
        for (CmMessageKind kind : CmMessageKind.values()) {
            // Of a lost rejection the end of the connection tells, which is not to run against a timeout.
            int serviceMs = kind == CmMessageKind.REJ ? 20_000 : 300;
            CmSettings hasty = new CmSettings(10, 3, serviceMs, 10, 1_000, 64, 256);
            AtomicInteger lost = new AtomicInteger();
            CmFaults faults = new CmFaults() {
                @Override
                public Fate fateOf(CmMessageKind sent) {
                    if (sent == kind) {
                        lost.incrementAndGet();
                    }
                    return sent == kind ? Fate.LOST : Fate.DELIVERED;
                }

                @Override
                public boolean rejectsRequest() {
                    return false;
                }
            };
            try (CmSide server = new CmSide(1, Mtu.MTU_1024, faults, hasty);
                    CmSide client = new CmSide(2, Mtu.MTU_1024, faults, hasty)) {
                assertThat(outcome(client, server, kind)).as("without %s", kind).isEqualTo(expected(kind));
                assertThat(lost).as("lost of %s", kind).hasPositiveValue();
            }
        }
    }

    private static Set<CmEventType> expected(CmMessageKind lost) {
        return switch (lost) {
            case REQ -> EnumSet.of(CmEventType.UNREACHABLE);
            case REJ -> EnumSet.of(CmEventType.REJECTED);
            case REP -> EnumSet.of(CmEventType.UNREACHABLE, CmEventType.REJECTED);
            case RTU -> EnumSet.of(CmEventType.UNREACHABLE, CmEventType.DISCONNECTED);
            case MRA, DREQ, DREP -> EnumSet.of(CmEventType.DISCONNECTED);
        };
    }

    /** Rejects, or connects and disconnects as far as it goes; the events that ended it on the two sides. */
    private static Set<CmEventType> outcome(CmSide client, CmSide server, CmMessageKind lost)
            throws InterruptedException {
        CmId active = client.connecting(server.listen(), 1);
        if (lost == CmMessageKind.REQ) {
            return EnumSet.of(next(client));
        }
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        if (lost == CmMessageKind.REJ) {
            passive.reject(new byte[0]);
            return EnumSet.of(next(client));
        }
        passive.accept(parameters(2));
        CmEventType atClient = next(client);
        if (atClient == CmEventType.CONNECT_RESPONSE) {
            active.establish();
        }
        CmEventType atServer = next(server);
        if (atServer == CmEventType.ESTABLISHED) {
            active.disconnect();
            atServer = next(server);
        }
        if (lost == CmMessageKind.DREP) {
            passive.disconnect(); // its answer
        }
        if (atClient == CmEventType.CONNECT_RESPONSE) {
            atClient = next(client);
        }
        return EnumSet.of(atClient, atServer);
    }

    private static CmEventType next(CmSide side) throws InterruptedException {
        return requireNonNull(side.channel.next(CmSide.WAIT_MS)).type();
    }
}
