package io.openib.btl.openib.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HeaderTest {
    @Test
    void shouldLieInMemoryAsDrawn() {
        ByteBuffer buffer = ByteBuffer.allocate(Header.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(0, Header.pack(0x11, Header.CREDITS, 0x3322, 0x77, 0x88));
        assertThat(buffer.array()).containsExactly(0x11, 1, 0x22, 0x33, 0, 0, 0x77, 0x88);
    }

    @Test
    void shouldKeepEveryFieldApartAtTheExtremes() {
        int[] bytes = {0, 1, 0x7f, 0x80, 0xff};
        for (int tag : bytes) {
            for (int seen : bytes) {
                for (int credits : new int[] {0, 1, 0x7fff, 0x8000, Header.MAX_CREDITS}) {
                    long header = Header.pack(tag, Header.GOODBYE, credits, 15, seen);
                    assertThat(Header.tag(header)).isEqualTo(tag);
                    assertThat(Header.control(header)).isEqualTo(Header.GOODBYE);
                    assertThat(Header.credits(header)).isEqualTo(credits);
                    assertThat(Header.queue(header)).isEqualTo(15);
                    assertThat(Header.seen(header)).isEqualTo(seen);
                    assertThat(header >>> 32 & 0xffff)
                            .as("left to a matching layer")
                            .isZero();
                }
            }
        }
    }

    @Test
    void shouldPackWorkRequestIdsAtTheExtremes() {
        int[] kinds = {WorkRequestId.RECV, WorkRequestId.SHARED_RECV, WorkRequestId.SEND};
        int[] indices = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, new Random(7).nextInt()};
        for (int kind : kinds) {
            for (int queue : new int[] {0, 1, WorkRequestId.MAX_QUEUES - 1}) {
                for (int lane : new int[] {0, 1, 0x80_0000, WorkRequestId.MAX_LANES - 1}) {
                    for (int index : indices) {
                        long wrId = WorkRequestId.pack(kind, queue, lane, index);
                        assertThat(WorkRequestId.kind(wrId)).isEqualTo(kind);
                        assertThat(WorkRequestId.queue(wrId)).isEqualTo(queue);
                        assertThat(WorkRequestId.lane(wrId)).isEqualTo(lane);
                        assertThat(WorkRequestId.index(wrId)).isEqualTo(index);
                    }
                }
            }
        }
    }
}
