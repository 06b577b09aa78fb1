package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue pair remembers the lives that it was bound to as long as they go on, and those only. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FormerPeersTest {
    private static final long NOBODY = 1L << 48;
    private static final int MANY = 1000;

    @Test
    void shouldRememberThoseThatGoOnHoweverManyHaveEnded() {
        try (LocalSide side = new LocalSide(new SoftEthernet())) {
            End peer = End.open(side, QpRequest.rc(), 0);
            SoftQp qp = (SoftQp) side.qp(peer.qp().handle());
            FormerPeers former = new FormerPeers(qp.adapter.peers());
            former.add(qp.adapter.id(), qp.number(), qp.epoch());
            for (int i = 1; i <= MANY; i++) {
                former.add(NOBODY + i, qp.number(), 1);
            }
            assertThat(former.epochOf(qp.adapter.id(), qp.number())).isEqualTo(qp.epoch());
            assertThat(former.epochOf(NOBODY + 1, qp.number()))
                    .as("of an arena that is no more")
                    .isZero();
            assertThat(former.epochOf(NOBODY + 2, qp.number() + 1)).isZero();
        }
    }

    @Test
    void shouldKeepNoneOfALifeThatItWasNotBoundTo() {
        try (LocalSide side = new LocalSide(new SoftEthernet())) {
            SoftQp qp = (SoftQp) side.qp(End.open(side, QpRequest.rc(), 0).qp().handle());
            FormerPeers former = new FormerPeers(qp.adapter.peers());
            former.add(qp.adapter.id(), qp.number(), qp.epoch());
            former.add(qp.adapter.id(), qp.number(), 0);
            assertThat(former.epochOf(qp.adapter.id(), qp.number())).isEqualTo(qp.epoch());
        }
    }
}
