package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.fastpath.Counter;
import io.openib.btl.openib.fastpath.Counters;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EventsTest {
    private final Counters counters = new Counters();
    private final Events events = new Events(counters);

    @Test
    void shouldTellOfHandlersThatThrowAtEachMessageInAFewLines() {
        String log = errorOutput(() -> {
            for (int i = 0; i < 2_000; i++) {
                counters.add(Counter.CALLBACK_FAILURES);
                events.callbackFailed("receive handler of tag 7", new IllegalStateException("mine"));
            }
        });
        assertThat(log.lines().filter(line -> line.contains("WARN"))).hasSize(6);
        assertThat(log.lines().filter(line -> line.contains("at " + EventsTest.class.getName() + ".shouldTell")))
                .as("traces")
                .hasSize(3);
        assertThat(log)
                .contains("thrown 10 times", "thrown 100 times", "thrown 1000 times", "receive handler of tag 7");
    }

    @Test
    void shouldTellOnceOfEachTagThatNobodyRegistered() {
        String log = errorOutput(() -> {
            for (int i = 0; i < 100; i++) {
                events.unclaimed(3, 7);
                events.unclaimed(4, 255);
            }
        });
        assertThat(log.lines().filter(line -> line.contains("WARN"))).hasSize(2);
        assertThat(log).contains("rank 3 with tag 7", "rank 4 with tag 255", "register it before the first progress()");
        assertThat(counters.value(Counter.DROPPED_NO_HANDLER)).isEqualTo(200);
    }

    /** What it writes to the error stream. */
    static String errorOutput(Runnable action) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
