package io.openib.wireup.oob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class AcceptFailuresTest {
    private final AcceptFailures failures = new AcceptFailures();
    private final EmbeddedChannel channel = new EmbeddedChannel(failures);

    private String toldOf(Runnable work) {
        PrintStream before = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(before);
        }
        return told.toString(StandardCharsets.UTF_8);
    }

    private void fail() {
        channel.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    }

    @Test
    void shouldTellInOneLineAndOnceOfManyInARow() {
        String told = toldOf(() -> {
            fail();
            fail();
        });
        assertThat(told.lines()).as(told).hasSize(1);
        assertThat(told).contains("Too many open files").contains("ulimit -n");
        assertThatCode(channel::checkException).as("nobody else tells of it").doesNotThrowAnyException();
    }

    @Test
    void shouldTellAnewWhenSomebodyWasAcceptedMeanwhile() {
        String told = toldOf(() -> {
            fail();
            failures.end();
            fail();
        });
        assertThat(told.lines()).as(told).hasSize(2);
    }
}
