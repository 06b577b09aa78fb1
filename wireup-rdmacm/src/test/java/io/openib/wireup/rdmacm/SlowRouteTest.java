package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static io.openib.wireup.rdmacm.CmHarness.failed;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection manager whose call for a route does not come back, as librdmacm's does not while ibacm looks for one. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SlowRouteTest {
    private static final long DEADLINE_MS = 4_000;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final CmHarness slow = side(1, options -> {
        options.before = this::slow;
        options.deadlineMs = DEADLINE_MS;
        options.retryCount = 0;
    });
    private final CmHarness peer = side(2, options -> {});

    private static CmHarness side(int rank, Consumer<Options> setting) {
        Options options = new Options();
        setting.accept(options);
        return new CmHarness(rank, options);
    }

    private ConnectionManager slow(ConnectionManager manager) {
        return new WrappedChannels(manager, Channel::new);
    }

    private final class Channel extends WrappedChannel {
        Channel(CmEventChannel real) {
            super(real);
        }

        @Override
        public CmId createId() {
            CmId id = super.createId();
            return (CmId) Proxy.newProxyInstance(
                    CmId.class.getClassLoader(), new Class<?>[] {CmId.class}, (proxy, call, told) -> {
                        boolean isRoute = call.getName().equals("resolveRoute");
                        if (isRoute) {
                            asked.countDown();
                            answered.await();
                        }
                        if (call.getName().equals("close") && asked.getCount() == 0) {
                            closed.countDown();
                        }
                        try {
                            return call.invoke(id, told);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    @AfterEach
    void close() {
        answered.countDown();
        slow.close();
        peer.close();
    }

    @Test
    void shouldServePeersAndKeepItsDeadlineWhileARouteIsLookedFor() throws InterruptedException {
        slow.connect(peer);
        assertThat(asked.await(CmHarness.WAIT_MS, TimeUnit.MILLISECONDS)).isTrue();
        assertThat(failed(slow.outgoing).reason()).isEqualTo(Reason.TIMEOUT);
        peer.connect(slow);
        CmWireupTest.assertPaired(connected(peer.outgoing), connected(slow.incoming));
        assertThat(closed.getCount()).as("nobody closes the id within the call").isEqualTo(1);
        answered.countDown();
        assertThat(closed.await(CmHarness.WAIT_MS, TimeUnit.MILLISECONDS)).isTrue();
    }
}
