package io.openib.cli.doctor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.mca.McaParameters;
import io.openib.verbs.Device;
import io.openib.verbs.Finding;
import io.openib.verbs.Finding.Verdict;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.soft.SoftProvider;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The message to oneself goes the way that the transport's would, on an InfiniBand port that has partitions. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DeviceCheckTest {
    private final Map<String, Finding> findings = new LinkedHashMap<>();
    private final List<QpAttributes> moves = new ArrayList<>();
    private boolean isGrhRequired;
    private int[] pkeys = {0xffff};

    /** What a call does in place of the real one. */
    private interface Call {
        Object answer(Method method, Object[] arguments) throws ReflectiveOperationException;
    }

    private static <T> T instead(Class<T> type, Call call) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return call.answer(method, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private VerbsProvider provider() {
        SoftProvider soft = new SoftProvider();
        soft.configure(McaParameters.of(Map.of("soft_link_layer", "infiniband"), soft.parameters()));
        return instead(
                VerbsProvider.class,
                (method, arguments) -> method.getName().equals("open")
                        ? device(soft.open(SoftProvider.DEVICE_NAME))
                        : method.invoke(soft, arguments));
    }

    private Device device(Device soft) {
        return instead(Device.class, (method, arguments) -> switch (method.getName()) {
            case "queryPort" -> port(soft.queryPort((int) arguments[0]));
            case "queryPkey" -> pkeys[(int) arguments[1]];
            case "allocProtectionDomain" -> domain(soft.allocProtectionDomain());
            default -> method.invoke(soft, arguments);
        });
    }

    private PortAttributes port(PortAttributes of) {
        return new PortAttributes(
                of.state(),
                of.maxMtu(),
                of.activeMtu(),
                of.gidTableLength(),
                pkeys.length,
                of.maxMessageBytes(),
                of.lid(),
                of.subnetManagerLid(),
                of.linkLayer(),
                of.speedMbps(),
                isGrhRequired);
    }

    private ProtectionDomain domain(ProtectionDomain soft) {
        return instead(
                ProtectionDomain.class,
                (method, arguments) -> method.getName().equals("createQueuePair")
                        ? queuePair((QueuePair) requireNonNull(method.invoke(soft, arguments)))
                        : method.invoke(soft, arguments));
    }

    /** Its device has one row alone. */
    private QueuePair queuePair(QueuePair soft) {
        return instead(QueuePair.class, (method, arguments) -> {
            if (method.getName().equals("modify")) {
                QpAttributes move = (QpAttributes) arguments[0];
                moves.add(move);
                if (move.has(QpAttribute.PKEY_INDEX)) {
                    arguments[0] = QpAttributes.toState(move.state())
                            .pkeyIndex(0)
                            .port(move.port())
                            .accessFlags(move.accessFlags());
                }
            }
            return method.invoke(soft, arguments);
        });
    }

    private void check(int partition) {
        new DeviceCheck(
                        provider(),
                        SoftProvider.DEVICE_NAME,
                        OptionalInt.empty(),
                        partition,
                        (place, finding) -> findings.put(finding.check(), finding))
                .run();
    }

    private void assertFound(String check, Verdict verdict, String evidence) {
        assertThat(findings).hasEntrySatisfying(check, finding -> {
            assertThat(finding.verdict()).as(finding.toString()).isEqualTo(verdict);
            assertThat(finding.evidence()).contains(evidence);
        });
    }

    private void assertMoved(Consumer<QpAttributes> toInit, Consumer<QpAttributes> toRtr) {
        assertFound(Loopback.CHECK, Verdict.OK, "both arrived whole");
        assertThat(moves.get(0)).satisfies(toInit);
        assertThat(moves.get(1)).satisfies(toRtr);
    }

    @Test
    void shouldGoByLidAloneWhereThatIsEnough() {
        check(0);
        assertFound("partition", Verdict.OK, "0xffff, row 0");
        assertMoved(
                init -> assertThat(init.pkeyIndex()).isZero(),
                rtr -> assertThat(rtr.addressVector().grh()).isNull());
    }

    @Test
    void shouldTakeAGlobalRouteWhereThePortNeedsOne() {
        isGrhRequired = true;
        check(0);
        assertMoved(init -> {}, rtr -> {
            assertThat(rtr.addressVector().grh()).isNotNull();
            assertThat(rtr.addressVector().dlid()).isNotZero();
        });
    }

    @Test
    void shouldBeInThePartitionThatTheTransportTakes() {
        pkeys = new int[] {0x7fff, 0x8001, 0x8005};
        check(0);
        assertFound("partition", Verdict.OK, "0x8001, row 1");
        assertMoved(init -> assertThat(init.pkeyIndex()).isEqualTo(1), rtr -> {});
        moves.clear();
        check(0x8005);
        assertMoved(init -> assertThat(init.pkeyIndex()).isEqualTo(2), rtr -> {});
    }

    @Test
    void shouldTellOfALimitedMembershipAndOfAMissingPartition() {
        pkeys = new int[] {0, 0x7fff};
        check(0);
        assertFound("partition", Verdict.WARNING, "0x7fff, row 1, of which the port is a limited member");
        check(0x8001);
        assertFound("partition", Verdict.FAILED, "does not hold btl_openib_pkey, 0x8001");
        assertFound(Loopback.CHECK, Verdict.SKIPPED, "needs a partition");
    }
}
