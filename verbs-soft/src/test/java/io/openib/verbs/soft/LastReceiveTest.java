package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.QpState;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is reported of a broken queue pair that draws from a shared queue. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LastReceiveTest {
    /** An operation under way may have taken a receive, whose completion is still to come. */
    @Test
    void shouldBeReportedWhenNoPeerIsAtWorkAnyMore() throws InterruptedException {
        try (LocalSide side = new LocalSide(new SoftEthernet())) {
            End near = End.open(side, QpRequest.rc().srq(side.createSrq(4, 1)), 0);
            End far = End.open(side, QpRequest.rc(), 0);
            near.connect(near.towards(far));
            far.connect(far.towards(near));
            RcQp peer = (RcQp) side.qp(far.qp().handle());
            peer.shown.beginOperation();
            AsyncEvent early;
            try {
                near.to(QpState.ERR);
                early = side.device().nextAsyncEvent(20);
            } finally {
                peer.shown.endOperation(); // closing waits for it
            }
            assertThat(early).as("while it is at work").isNull();
            AsyncEvent event = Objects.requireNonNull(side.device().nextAsyncEvent(End.WAIT_MS), "no event");
            assertThat(event.type()).isEqualTo(AsyncEventType.QP_LAST_WQE_REACHED);
            assertThat(event.element()).isSameAs(side.qp(near.qp().handle()));
        }
    }
}
