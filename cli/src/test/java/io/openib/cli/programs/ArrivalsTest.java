package io.openib.cli.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class ArrivalsTest {
    private static final int OFFSET = 5;

    private final ByteBuffer data = ByteBuffer.allocate(100).order(ByteOrder.nativeOrder());

    @Test
    void shouldNoticeEachChangedByteOfTheEnds() {
        for (int length = 1; length <= 64; length++) {
            long whole = Arrivals.ends(data, OFFSET, length);
            for (int at = 0; at < length; at++) {
                data.put(OFFSET + at, (byte) 1);
                boolean isEnd = at < Long.BYTES || at >= length - Long.BYTES;
                assertThat(Arrivals.ends(data, OFFSET, length) != whole)
                        .as("byte %d of %d", at, length)
                        .isEqualTo(isEnd);
                data.put(OFFSET + at, (byte) 0);
            }
        }
    }

    @Test
    void shouldSumUpWhatCame() {
        Arrivals arrivals = new Arrivals();
        data.putLong(OFFSET, 77);
        arrivals.add(data, OFFSET, 20);
        arrivals.add(data, OFFSET, 20);
        assertThat(arrivals.count()).isEqualTo(2);
        assertThat(arrivals.endsSum()).isEqualTo(2 * Arrivals.ends(data, OFFSET, 20));
        arrivals.reset();
        assertThat(arrivals.count()).isZero();
        assertThat(arrivals.endsSum()).isZero();
    }
}
