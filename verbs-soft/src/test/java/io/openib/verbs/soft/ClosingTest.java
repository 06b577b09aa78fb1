package io.openib.verbs.soft;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.openib.verbs.Errno;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A context is closed of which something cannot be: everything else is, and all that went wrong is told. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClosingTest {
    /** So many that hardly any order has those that can be closed come first. */
    private static final int OF_A_KIND = 8;

    private final SoftDevice device = (SoftDevice) new SoftEthernet().open();
    private final SoftCq cq = (SoftCq) device.createCompletionQueue(1, null);
    private final ProtectionDomain pd = device.allocProtectionDomain();
    private final List<SoftSrq> free = srqs();
    private final List<SoftSrq> busy = srqs();

    private List<SoftSrq> srqs() {
        return Stream.generate(() -> (SoftSrq) pd.createSharedReceiveQueue(1, 1))
                .limit(OF_A_KIND)
                .toList();
    }

    @Test
    void shouldCloseWhatCanBeAndTellOfEachThatCannot() {
        busy.forEach(srq -> srq.attach(cq));
        Throwable failure = catchThrowable(device::close);
        assertThat(failure).isInstanceOf(VerbsException.class).hasMessageContaining("ibv_close_device");
        assertThat(requireNonNull(requireNonNull(failure).getCause()).getSuppressed())
                .as("besides the first: the other shared queues, and their domain")
                .hasSize(OF_A_KIND)
                .allSatisfy(
                        other -> assertThat(((VerbsException) other).errno()).isEqualTo(Errno.EBUSY));
        assertThat(free).allMatch(SoftSrq::isClosed);
        assertThat(cq.isClosed()).isTrue();
        assertNothingIsLeftOf(device);
    }

    /** What could not be closed does not keep the adapter from ending with its last context. */
    private static void assertNothingIsLeftOf(SoftDevice closed) {
        try (SoftDevice next = (SoftDevice) new SoftEthernet().open()) {
            assertThat(next.adapter()).isNotSameAs(closed.adapter());
        }
    }

    @Test
    void shouldLeaveNothingWhenAllOfItCanBeClosed() {
        device.close();
        assertThat(busy).allMatch(SoftSrq::isClosed);
        assertNothingIsLeftOf(device);
    }
}
