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
    void shouldCountAllAndLookAtTheFirstOfEach64() {
        Arrivals arrivals = new Arrivals();
        long looked = 0;
        for (int came = 0; came < 200; came++) {
            data.putLong(OFFSET, came);
            arrivals.add(data, OFFSET, 20);
            looked += came % 64 == 0 ? Arrivals.ends(data, OFFSET, 20) : 0;
            assertThat(arrivals.count()).isEqualTo(came + 1);
            assertThat(arrivals.endsSum()).isEqualTo(looked);
            assertThat(Arrivals.lookedAt(came + 1)).isEqualTo(came / 64 + 1);
        }
        arrivals.reset();
        assertThat(arrivals.count()).isZero();
        assertThat(arrivals.endsSum()).isZero();
    }
}
