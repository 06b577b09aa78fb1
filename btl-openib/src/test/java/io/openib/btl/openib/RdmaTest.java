package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RdmaTest {
    private static final int BYTES = 3 << 20;

    private final Random random = new Random(5);
    private final List<Integer> statuses = new ArrayList<>();

    /** What was its memory may be another's by then. */
    @Test
    void shouldRefuseMemoryThatIsClosedAndKeepTheConnection() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            RegisteredMemory target = ranks.rank(1).allocate(64);
            MemoryHandle handle = target.handle();
            RegisteredMemory closed = btl.allocate(64);
            closed.close();
            assertThat(btl.put(1, closed, 0, handle, 0, 64, this::completed, 0)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.get(1, closed, 0, handle, 0, 64, this::completed, 0)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.fetchAdd(1, closed, 0, handle, 0, 1, this::completed, 0))
                    .isEqualTo(BtlStatus.INVALID);
            assertThatThrownBy(() -> closed.buffer()).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(closed::handle).isInstanceOf(IllegalStateException.class);
            RegisteredMemory open = btl.allocate(64);
            done(ranks, btl.put(1, open, 0, handle, 0, 64, this::completed, 0));
            List.of(target, open).forEach(RegisteredMemory::close);
        }
    }

    /** Its keys mean nothing to the other's devices, or something else. */
    @Test
    void shouldRefuseMemoryOfAnotherTransportAndKeepTheConnection() {
        try (Ranks ranks = new Ranks(2);
                RegisteredMemory target = ranks.rank(1).allocate(64);
                RegisteredMemory foreign = ranks.rank(1).allocate(64);
                RegisteredMemory own = ranks.rank(0).allocate(64)) {
            Btl btl = ranks.rank(0);
            MemoryHandle handle = target.handle();
            done(ranks, btl.put(1, own, 0, handle, 0, 64, this::completed, 0));
            assertThat(btl.put(1, foreign, 0, handle, 0, 64, this::completed, 0))
                    .isEqualTo(BtlStatus.INVALID);
            assertThat(btl.get(1, foreign, 0, handle, 0, 64, this::completed, 0))
                    .isEqualTo(BtlStatus.INVALID);
            assertThat(btl.compareSwap(1, foreign, 0, handle, 0, 1, 2, this::completed, 0))
                    .isEqualTo(BtlStatus.INVALID);
            done(ranks, btl.put(1, own, 0, handle, 0, 64, this::completed, 0));
        }
    }

    @Test
    void shouldPutAndGetFromEveryKindOfMemory() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            RegisteredMemory target = ranks.rank(1).allocate(BYTES);
            MemoryHandle handle = MemoryHandle.of(target.handle().toBytes());
            byte[] bytes = new byte[BYTES];

            random.nextBytes(bytes);
            RegisteredMemory allocated = btl.allocate(BYTES);
            allocated.buffer().put(0, bytes);
            done(ranks, btl.put(1, allocated, 0, handle, 0, BYTES, this::completed, 0));
            assertThat(content(target.buffer())).isEqualTo(bytes);

            random.nextBytes(bytes);
            ByteBuffer direct = ByteBuffer.allocateDirect(BYTES).put(0, bytes);
            RegisteredMemory registered = btl.register(direct);
            done(ranks, btl.put(1, registered, 5, handle, 5, BYTES - 5, this::completed, 0));
            assertThat(content(target.buffer(5, BYTES - 5))).isEqualTo(java.util.Arrays.copyOfRange(bytes, 5, BYTES));

            random.nextBytes(bytes);
            done(ranks, btl.putBytes(1, ByteBuffer.wrap(bytes), 0, handle, 0, BYTES, this::completed, 0));
            assertThat(content(target.buffer())).isEqualTo(bytes);

            byte[] heap = new byte[BYTES];
            done(ranks, btl.getBytes(1, ByteBuffer.wrap(heap), 0, handle, 0, BYTES, this::completed, 0));
            assertThat(heap).isEqualTo(bytes);
            done(ranks, btl.get(1, registered, 0, handle, 0, BYTES, this::completed, 0));
            assertThat(content(direct)).isEqualTo(bytes);
            done(ranks, btl.get(1, allocated, 0, handle, 0, BYTES, this::completed, 0));
            assertThat(content(allocated.buffer())).isEqualTo(bytes);
            done(ranks, btl.put(1, allocated, 0, handle, BYTES, 0, this::completed, 0));
            List.of(target, allocated, registered).forEach(RegisteredMemory::close);
        }
    }

    @Test
    void shouldRefuseByNameWhatPeersCannotReach() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            RegisteredMemory registered = btl.register(ByteBuffer.allocateDirect(64));
            assertThat(registered.isRemote()).isFalse();
            assertThatThrownBy(registered::handle)
                    .isInstanceOf(BtlException.class)
                    .hasMessageContaining("Btl.allocate")
                    .hasMessageContaining("loop0");
            assertThatThrownBy(() -> btl.register(ByteBuffer.allocate(64))).hasMessageContaining("putBytes");
            RegisteredMemory memory = btl.allocate(64);
            MemoryHandle handle = memory.handle();
            assertThat(btl.put(1, memory, 1, handle, 0, 64, null, 0)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.put(1, memory, 0, handle, 1, 64, null, 0)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.put(1, memory, 0, handle, -1, 4, null, 0)).isEqualTo(BtlStatus.INVALID);
            memory.close();
            registered.close();
        }
    }

    @Test
    void shouldCountTogetherByAtomics() {
        try (Ranks ranks = new Ranks(3)) {
            RegisteredMemory counter = ranks.rank(0).allocate(8);
            List<RegisteredMemory> results = new ArrayList<>();
            for (int rank = 1; rank < 3; rank++) {
                int self = rank;
                results.add(ranks.rank(rank).allocate(8));
                ranks.rank(rank).connect(0);
                ranks.until(() -> ranks.rank(self).isConnected(0));
                for (int i = 0; i < 100; i++) {
                    done(
                            ranks,
                            ranks.rank(rank)
                                    .fetchAdd(
                                            0,
                                            results.get(rank - 1),
                                            0,
                                            counter.handle(),
                                            0,
                                            rank,
                                            this::completed,
                                            0));
                }
            }
            assertThat(counter.buffer().getLong(0)).isEqualTo(300);
            done(
                    ranks,
                    ranks.rank(2).compareSwap(0, results.get(1), 0, counter.handle(), 0, 300, -1, this::completed, 0));
            assertThat(results.get(1).buffer().getLong(0)).isEqualTo(300);
            assertThat(counter.buffer().getLong(0)).isEqualTo(-1);
            assertThat(ranks.rank(1).fetchAdd(0, results.get(0), 0, counter.handle(), 1, 1, null, 0))
                    .isEqualTo(BtlStatus.INVALID);
            counter.close();
            results.forEach(RegisteredMemory::close);
        }
    }

    @Test
    void shouldReadNoLimitOfABuffer() throws Exception {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            RegisteredMemory target = ranks.rank(1).allocate(20_000);
            MemoryHandle handle = target.handle();
            List<Integer> heard = new ArrayList<>();
            ranks.rank(1)
                    .registerReceive(
                            1, (peer, tag, data, offset, length) -> heard.add((int) data.get(offset + length - 1)));
            ByteBuffer bytes = ByteBuffer.allocate(20_000);
            for (int length : new int[] {4, 20, 40, 500, 20_000}) {
                bytes.put(length - 1, (byte) 7).position(1).limit(2);
                done(ranks, btl.send(1, 1, bytes, 0, length, this::completed, 0));
                done(ranks, elsewhere(() -> btl.send(1, 1, bytes, 0, length, this::completed, 0)));
                done(ranks, btl.putBytes(1, bytes, 0, handle, 0, length, this::completed, 0));
                assertThat(target.buffer().get(length - 1)).isEqualTo((byte) 7);
                bytes.clear().put(length - 1, (byte) 0);
                int code = btl.getBytes(1, bytes, 0, handle, 0, length, this::completed, 0);
                bytes.limit(2);
                done(ranks, code);
                assertThat(bytes.clear().get(length - 1)).isEqualTo((byte) 7);
            }
            bytes.put(7, (byte) 9).limit(2);
            ranks.until(() -> btl.sendImmediate(1, 1, bytes, 0, 8) == BtlStatus.OK);
            ranks.until(() -> heard.size() == 11);
            assertThat(heard.subList(0, 10)).containsOnly(7);
            assertThat(heard.get(10)).isEqualTo(9);
            target.close();
        }
    }

    /** One by one, so that each kind finds the object that the kind before has filled. */
    @Test
    void shouldDoForOtherThreadsWhatItDoesForItsOwner() throws Exception {
        try (Ranks ranks = new Ranks(2, "btl_openib_thread_queue", "8")) {
            Btl btl = ranks.rank(0);
            RegisteredMemory target = ranks.rank(1).allocate(64);
            RegisteredMemory local = btl.allocate(64);
            MemoryHandle handle = target.handle();
            ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
            bytes.putLong(0, 41);
            done(ranks, elsewhere(() -> btl.putBytes(1, bytes, 0, handle, 0, 64, this::completed, 0)));
            assertThat(target.buffer().getLong(0)).isEqualTo(41);
            done(ranks, elsewhere(() -> btl.fetchAdd(1, local, 0, handle, 0, 1, this::completed, 0)));
            assertThat(target.buffer().getLong(0)).isEqualTo(42);
            done(ranks, elsewhere(() -> btl.compareSwap(1, local, 0, handle, 0, 42, 43, this::completed, 0)));
            assertThat(target.buffer().getLong(0)).isEqualTo(43);
            done(ranks, elsewhere(() -> btl.getBytes(1, bytes, 8, handle, 0, 8, this::completed, 0)));
            assertThat(bytes.getLong(8)).isEqualTo(43);
            local.buffer().putLong(0, 44);
            done(ranks, elsewhere(() -> btl.put(1, local, 0, handle, 0, 8, this::completed, 0)));
            assertThat(target.buffer().getLong(0)).isEqualTo(44);
            done(ranks, elsewhere(() -> btl.get(1, local, 8, handle, 0, 8, this::completed, 0)));
            assertThat(local.buffer().getLong(8)).isEqualTo(44);
            List.of(target, local).forEach(RegisteredMemory::close);
        }
    }

    /** More often than there are objects for calls: none may be lost. */
    @Test
    void shouldRefuseWhatOtherThreadsAskForInVainAndLoseNothing() throws Exception {
        try (Ranks ranks = new Ranks(2, "btl_openib_thread_queue", "8")) {
            Btl btl = ranks.rank(0);
            RegisteredMemory memory = btl.allocate(64);
            MemoryHandle handle = ranks.rank(1).allocate(64).handle();
            ByteBuffer readOnly = ByteBuffer.allocate(64).asReadOnlyBuffer();
            for (int i = 0; i < 20; i++) {
                assertThat(List.of(
                                elsewhere(() -> btl.put(1, memory, 1, handle, 0, 64, null, 0)),
                                elsewhere(() -> btl.get(2, memory, 0, handle, 0, 64, null, 0)),
                                elsewhere(() -> btl.put(0, memory, 0, handle, 0, 64, null, 0)),
                                btl.get(0, memory, 0, handle, 0, 64, null, 0),
                                elsewhere(() -> btl.getBytes(1, readOnly, 0, handle, 0, 64, null, 0)),
                                elsewhere(() -> btl.putBytes(1, readOnly, 0, handle, 1, 64, null, 0)),
                                elsewhere(() -> btl.fetchAdd(1, memory, 60, handle, 0, 1, null, 0)),
                                elsewhere(() -> btl.compareSwap(1, memory, 0, handle, 60, 1, 2, null, 0))))
                        .containsOnly(BtlStatus.INVALID);
                assertThat(catchThrowable(() -> elsewhere(() -> btl.put(1, new Broken(), 0, handle, 0, 8, null, 0))))
                        .hasRootCauseMessage("broken");
            }
            done(ranks, elsewhere(() -> btl.put(1, memory, 0, handle, 0, 64, this::completed, 0)));
            memory.close();
        }
    }

    private static int elsewhere(Callable<Integer> call) throws Exception {
        FutureTask<Integer> task = new FutureTask<>(call);
        Thread thread = new Thread(task, "another");
        thread.start();
        thread.join();
        return task.get();
    }

    /** Somebody else's, which does not tell its length. */
    private static final class Broken implements RegisteredMemory {
        @Override
        public ByteBuffer buffer() {
            throw new IllegalStateException("broken");
        }

        @Override
        public ByteBuffer buffer(long offset, int length) {
            throw new IllegalStateException("broken");
        }

        @Override
        public long lengthBytes() {
            throw new IllegalStateException("broken");
        }

        @Override
        public boolean isRemote() {
            throw new IllegalStateException("broken");
        }

        @Override
        public MemoryHandle handle() {
            throw new IllegalStateException("broken");
        }

        @Override
        public void close() {}
    }

    @Test
    void shouldTellThatAPeersMemoryIsGoneAndReconnectForTheNextMessage() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            RegisteredMemory target = ranks.rank(1).allocate(64);
            RegisteredMemory source = btl.allocate(64);
            MemoryHandle handle = target.handle();
            target.close();
            btl.onError(error -> {});
            ranks.rank(1).onError(error -> {});
            btl.put(1, source, 0, handle, 0, 64, this::completed, 0);
            ranks.until(() -> !statuses.isEmpty());
            assertThat(statuses).containsExactly(BtlStatus.REMOTE_ACCESS);
            int[] heard = {0};
            ranks.rank(1).registerReceive(1, (peer, tag, data, offset, length) -> heard[0]++);
            ranks.until(() -> {
                if (heard[0] == 0) {
                    btl.send(1, 1, ByteBuffer.allocate(8));
                }
                return heard[0] > 0;
            });
            source.close();
        }
    }

    private void completed(long cookie, int status) {
        statuses.add(status);
    }

    private void done(Ranks ranks, int code) {
        assertThat(code).isEqualTo(BtlStatus.OK);
        ranks.until(() -> !statuses.isEmpty());
        assertThat(statuses).containsExactly(BtlStatus.OK);
        statuses.clear();
    }

    private static byte[] content(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.get(0, bytes);
        return bytes;
    }
}
