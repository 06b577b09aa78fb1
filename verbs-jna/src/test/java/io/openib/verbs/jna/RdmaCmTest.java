package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.ConnectionManager;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The connection manager of the kernel, through librdmacm: what the device contract does not ask of every manager. */
@RdmaDevice.Needed
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RdmaCmTest {
    private static final long WAIT_MS = 20_000;

    private final ConnectionManager manager = new JnaVerbsProvider().connectionManager();

    @Test
    void shouldBeUsable() {
        assertThat(manager.availability().isUsable())
                .as(manager.availability().reason())
                .isTrue();
        assertThat(manager.hasEstablish()).isTrue();
    }

    @Test
    void shouldInterruptAWaiterAndLeaveNothingBehind() throws InterruptedException {
        try (CmEventChannel channel = manager.createEventChannel()) {
            Thread waiting = Thread.currentThread();
            Thread other = new Thread(waiting::interrupt);
            other.start();
            assertThatThrownBy(() -> channel.next(WAIT_MS)).isInstanceOf(InterruptedException.class);
            other.join();
            assertThat(channel.next(0)).isNull();
        }
    }
}
