package io.openib.wireup.oob;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.PortRange;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is left when all is closed: a program ends when its main does. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OobThreadsTest {
    private static final int TRIES = 5;

    /** netty's own thread stays for a second, which this is well below. */
    private static final long MOST_MS = 500;

    @Test
    void shouldLeaveNoThreadBehind() throws Exception {
        boolean hasEnded = false;
        for (int i = 0; i < TRIES && !hasEnded; i++) { // another program may have the processor for so long, once
            OobListener.open(InetAddress.getLoopbackAddress(), PortRange.parse("0"))
                    .close();
            hasEnded = true;
            for (Thread thread : ofNetty()) {
                thread.join(MOST_MS);
                hasEnded &= !thread.isAlive();
                thread.join(); // the next try begins with none
            }
        }
        assertThat(hasEnded).isTrue();
    }

    private static List<Thread> ofNetty() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("globalEventExecutor")
                        || thread.getName().equals("openib-oob"))
                .toList();
    }
}
