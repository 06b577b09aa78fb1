package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.BtlFramework;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.mca.McaParameters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is odd about parameters is told though nothing opens: it may be why. */
@Timeout(60)
class ToldParametersTest {
    private static final Map<String, String> ODD = Map.of("btl_openib_use_eager_rdma", "1");

    private final TestJob job = new TestJob(2);

    private static Map<String, String> oddAnd(String name, String value) {
        Map<String, String> values = new HashMap<>(ODD);
        values.put(name, value);
        return values;
    }

    private static BtlFramework framework(String name, String value) {
        return BtlFramework.load(McaParameters.builder().api(oddAnd(name, value)));
    }

    private static String logOfFailing(ThrowingCallable opening) {
        return EventsTest.errorOutput(() -> assertThatThrownBy(opening).isInstanceOf(RuntimeException.class));
    }

    private static void assertTold(ThrowingCallable opening) {
        assertThat(logOfFailing(opening).lines().filter(line -> line.contains("btl_openib_use_eager_rdma")))
                .singleElement()
                .asString()
                .contains("WARN", "has no effect here");
    }

    @Test
    void shouldTellWhereNoTransportIsSelected() {
        assertTold(framework("btl", "^openib")::open);
        assertTold(framework("btl", "opneib")::open);
    }

    @Test
    void shouldTellWhereTheJobCannotBeJoined() {
        BtlFramework framework = framework("runtime_launcher", "auto");
        assertTold(() -> framework.open(Map.of("PMI_PORT", "nowhere", "PMI_ID", "1")));
    }

    private ThrowingCallable opening(int rank, String name, String value) {
        McaParameters parameters = Ranks.parameters(oddAnd(name, value));
        return () ->
                OpenibComponent.open(job.rank(rank), parameters, List.of(new LoopFabric()), List.of(new LoopWireup()));
    }

    @Test
    void shouldTellWhereNothingCanBeRehearsed() {
        McaParameters parameters = Ranks.parameters(oddAnd("btl_openib_cpc", "nonsense"));
        assertTold(() -> new OpenibComponent().openIn(job.rank(0), parameters));
    }

    @Test
    void shouldTellWhereParametersDoNotFitTogetherAndOnceAHost() {
        assertTold(opening(0, "btl_openib_max_send_size", "1M"));
        assertThat(logOfFailing(opening(1, "btl_openib_max_send_size", "1M"))).doesNotContain("eager");
    }
}
