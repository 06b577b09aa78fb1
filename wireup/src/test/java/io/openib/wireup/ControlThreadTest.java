package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ControlThreadTest {
    /** It has no room at all, so that it is full as well. */
    private final ControlThread thread = new ControlThread("control-under-test", 0);

    @Test
    void shouldWarnOfWorkThatItHasNoRoomFor() {
        assertThat(errorOutput(() -> assertThat(thread.execute(() -> {})).isFalse()))
                .contains("More than 0 pieces");
        thread.close();
    }

    @Test
    void shouldSayNothingOfWorkThatComesOnceItIsClosed() {
        assertThat(thread.isOver()).isFalse();
        thread.close();
        assertThat(thread.isOver()).isTrue();
        assertThat(errorOutput(() -> assertThat(thread.execute(() -> {})).isFalse()))
                .isEmpty();
    }

    private static String errorOutput(Runnable action) {
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
