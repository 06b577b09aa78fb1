package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Codes of a library that is newer than this version. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class UnknownEventsTest {
    private final UnknownEvents unknown = new UnknownEvents("rdma_cm");

    @Test
    void shouldNameEachCodeInOneLine() {
        assertThat(logOf(() -> {
                    for (int i = 0; i < 10; i++) {
                        unknown.note(16, 0);
                        unknown.note(17, -5);
                    }
                }))
                .contains("rdma_cm: event 16, status 0", "event 17, status -5")
                .hasLineCount(2);
    }

    @Test
    void shouldNotNameCodesWithoutBound() {
        assertThat(logOf(() -> {
                    for (int code = 16; code < 10_000; code++) {
                        unknown.note(code, 0);
                    }
                }))
                .hasLineCount(64);
    }

    private static String logOf(Runnable work) {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }
}
