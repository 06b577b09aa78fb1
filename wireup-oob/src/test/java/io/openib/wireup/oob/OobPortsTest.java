package io.openib.wireup.oob;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.testkit.ScriptedFabric;
import io.openib.wireup.testkit.TestProcess;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer with two ports, which share its listener, is reached by either and reaches others from either. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OobPortsTest {
    private static final int ROUNDS = 60;
    private static final Map<String, String> DEADLINE = Map.of("btl_openib_connect_oob_timeout", "5000");

    private final ScriptedFabric fabric = new ScriptedFabric();

    private static void connect(TestProcess from, TestProcess to) {
        TestProcess.Told told = from.connect(to).orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(told.connection()).as("%s", told.failure()).isNotNull();
    }

    @Test
    void shouldConnectByEitherPortAgainAndAgain() throws Exception {
        OobComponent peer = new OobComponent();
        try (TestProcess a = new TestProcess(fabric, Identity.of(0), new OobComponent(), Map.of());
                TestProcess first = new TestProcess(fabric, Identity.of(1), peer, Map.of());
                TestProcess second = new TestProcess(fabric, Identity.of(1), peer, Map.of())) {
            for (TestProcess port : List.of(second, first, second, first)) {
                connect(a, port);
                connect(port, a);
            }
        }
    }

    /** Each process asks once, by one of its ports for one of the other's, which may be the one that asks or another. */
    @Test
    void shouldConnectWhoeverDialEachOtherAtOnceByWhicheverPorts() throws Exception {
        long seed = System.nanoTime();
        System.out.println("OobPortsTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            try (TwoPorts p = new TwoPorts(0);
                    TwoPorts q = new TwoPorts(1)) {
                int ofP = random.nextInt(2);
                int wantedOfQ = random.nextInt(2);
                int ofQ = random.nextInt(2);
                int wantedOfP = random.nextInt(2);
                CompletableFuture<TestProcess.Told> fromP = p.port(ofP).connect(q.port(wantedOfQ));
                CompletableFuture<TestProcess.Told> fromQ = q.port(ofQ).connect(p.port(wantedOfP));
                String what = "round %d: %d to %d, and %d to %d".formatted(round, ofP, wantedOfQ, ofQ, wantedOfP);
                assertUsable(what, p.port(ofP), fromP, ofP != wantedOfP || ofQ == wantedOfQ);
                assertUsable(what, q.port(ofQ), fromQ, ofQ != wantedOfQ || ofP == wantedOfP);
            }
        }
    }

    /** Connected; and for good, unless the port has been asked by another than it asks itself: that one's takes its place. */
    private static void assertUsable(
            String what, TestProcess port, CompletableFuture<TestProcess.Told> outcome, boolean isForGood) {
        TestProcess.Told told = outcome.orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(told.connection()).as("%s: %s", what, told.failure()).isNotNull();
        if (isForGood) {
            assertThat(port.reaches(Objects.requireNonNull(told.connection())))
                    .as(what)
                    .isTrue();
        }
    }

    private final class TwoPorts implements AutoCloseable {
        private final List<TestProcess> ports = new ArrayList<>();

        TwoPorts(int rank) throws WireupRefusedException {
            OobComponent component = new OobComponent();
            for (int i = 0; i < 2; i++) {
                ports.add(new TestProcess(fabric, Identity.of(rank), component, DEADLINE));
            }
        }

        TestProcess port(int number) {
            return ports.get(number);
        }

        @Override
        public void close() {
            ports.forEach(TestProcess::close);
        }
    }
}
