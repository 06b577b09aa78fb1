package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.WcStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Memory of the device and memory of the user: flags, bounds, keys and what deregistration means. */
interface MemoryRegionCases extends VerbsContract {
    Set<AccessFlag> LOCAL = Set.of(AccessFlag.LOCAL_WRITE);

    @Test
    default void shouldAllocateZeroedAlignedMemory(VerbsFixture fx) {
        for (long length : new long[] {1, 4095, 4096, 100_000}) {
            MemoryRegion mr = fx.pd().allocate(length, Set.of(AccessFlag.values()));
            fx.near().keep(mr);
            assertThat(mr.lengthBytes()).isEqualTo(length);
            assertThat(mr.address() % 4096).as("page offset").isZero();
            assertThat(mr.access()).containsExactlyInAnyOrder(AccessFlag.values());
            byte[] bytes = new byte[(int) length];
            mr.buffer().get(bytes);
            assertThat(bytes).containsOnly(0);
        }
    }

    @Test
    default void shouldZeroMemoryThatWasUsedBefore(VerbsFixture fx) {
        for (int round = 0; round < 3; round++) {
            try (MemoryRegion mr = fx.pd().allocate(1 << 16, LOCAL)) {
                byte[] bytes = new byte[1 << 16];
                mr.buffer().get(bytes);
                assertThat(bytes).containsOnly(0);
                java.util.Arrays.fill(bytes, (byte) 7);
                mr.buffer().put(bytes);
            }
        }
    }

    @Test
    default void shouldRefuseLengthsThatCannotBe(VerbsFixture fx) {
        long most = fx.device().attributes().limit(DeviceLimit.MAX_MR_BYTES);
        Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().allocate(0, LOCAL));
        Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().allocate(-1, LOCAL));
        if (most < Long.MAX_VALUE) {
            Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().allocate(most + 1, LOCAL));
        }
    }

    /** pyverbs {@code test_reg_mr_bad_flags}. */
    @Test
    default void shouldRefuseRemoteWritesWithoutLocalWrite(VerbsFixture fx) {
        for (AccessFlag flag : List.of(AccessFlag.REMOTE_WRITE, AccessFlag.REMOTE_ATOMIC)) {
            Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().allocate(4096, Set.of(flag)));
            Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().allocate(4096, Set.of(flag, AccessFlag.REMOTE_READ)));
        }
    }

    @Test
    default void shouldRefuseToRegisterAHeapBuffer(VerbsFixture fx) {
        Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().register(ByteBuffer.allocate(64), LOCAL));
    }

    @Test
    default void shouldRegisterPlainMemoryForPeersOrNameAllocate(VerbsFixture fx) {
        ByteBuffer memory = ByteBuffer.allocateDirect(4096);
        for (AccessFlag flag : List.of(AccessFlag.REMOTE_READ, AccessFlag.REMOTE_WRITE, AccessFlag.REMOTE_ATOMIC)) {
            Set<AccessFlag> access = Set.of(AccessFlag.LOCAL_WRITE, flag);
            if (fx.device().attributes().remoteAccessToUserMemory()) {
                fx.pd().register(memory, access).close();
            } else {
                assertThat(Refusals.assertRefused(
                                Errno.EOPNOTSUPP, () -> fx.pd().register(memory, access)))
                        .hasMessageContaining("allocate");
            }
        }
    }

    @Test
    default void shouldRegisterFromPositionToLimit(VerbsFixture fx) {
        ByteBuffer memory = ByteBuffer.allocateDirect(4096);
        memory.position(100).limit(300);
        MemoryRegion mr = fx.pd().register(memory, LOCAL);
        fx.near().keep(mr);
        assertThat(mr.lengthBytes()).isEqualTo(200);
        mr.buffer().put(0, (byte) 42);
        assertThat(memory.get(100)).isEqualTo((byte) 42);
        assertThat(memory.position()).isEqualTo(100);
    }

    @Test
    default void shouldBoundTheViewsOfARegion(VerbsFixture fx) {
        MemoryRegion mr = fx.pd().allocate(1000, LOCAL);
        fx.near().keep(mr);
        assertThat(mr.buffer(10, 990).remaining()).isEqualTo(990);
        assertThat(mr.buffer().order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(mr.buffer(1000, 0).remaining()).isZero();
        for (long[] bad : new long[][] {{0, 1001}, {1000, 1}, {-1, 1}, {Long.MAX_VALUE, 1}, {0, -1}}) {
            assertThatThrownBy(() -> mr.buffer(bad[0], (int) bad[1])).isInstanceOf(IndexOutOfBoundsException.class);
        }
        mr.buffer(10, 4).putInt(0, 77);
        assertThat(mr.buffer().getInt(10)).isEqualTo(77);
    }

    /** pyverbs {@code test_dereg_mr_twice}. */
    @Test
    default void shouldDeregisterTwice(VerbsFixture fx) {
        MemoryRegion mr = fx.pd().allocate(4096, LOCAL);
        mr.close();
        mr.close();
    }

    @Test
    default void shouldGiveDifferentRegionsDifferentKeys(VerbsFixture fx) {
        Region a = fx.near().allocate(4096, Wiring.ALL_ACCESS);
        Region b = fx.near().allocate(4096, Wiring.ALL_ACCESS);
        assertThat(a.lkey()).isNotEqualTo(b.lkey());
        assertThat(a.rkey()).isNotEqualTo(b.rkey());
        assertThat(a.address()).isNotEqualTo(b.address());
    }

    @Test
    default void shouldNotSendFromADeregisteredRegion(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region gone = fx.near().allocate(4096, Wiring.ALL_ACCESS);
        fx.near().close(gone.handle());
        pair.far().postRecv(0, 64);
        pair.near().post(Send.send(1, gone.part(0, 8)));
        fx.awaitLocalSendError(pair.near(), WcStatus.LOC_PROT_ERR);
    }

    @Test
    default void shouldNotLetAPeerIntoADeregisteredRegion(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region gone = fx.far().allocate(4096, Wiring.ALL_ACCESS);
        pair.near().post(Send.write(1, pair.near().region().part(0, 8), gone, 0));
        pair.near().awaitSend(WcStatus.SUCCESS);
        fx.far().close(gone.handle());
        pair.near().post(Send.write(2, pair.near().region().part(0, 8), gone, 0));
        pair.near().awaitSend(WcStatus.REM_ACCESS_ERR);
    }

    @Test
    default void shouldNotLetAPeerIntoTheSuccessorOfADeregisteredRegion(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region gone = fx.far().allocate(4096, Wiring.ALL_ACCESS);
        fx.far().close(gone.handle());
        Region successor = fx.far().allocate(4096, Wiring.ALL_ACCESS);
        assertThat(successor.rkey()).isNotEqualTo(gone.rkey());
        pair.near().post(Send.write(1, pair.near().region().part(0, 8), gone, 0));
        pair.near().awaitSend(WcStatus.REM_ACCESS_ERR);
        assertThat(fx.far().read(successor.handle(), 0, 8)).containsOnly(0);
    }

    @Test
    default void shouldReceiveIntoPlainMemory(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region plain = fx.near().register(200_000, AccessFlag.LOCAL_WRITE.bit());
        Region source = fx.far().allocate(200_000, Wiring.ALL_ACCESS);
        for (int length : new int[] {0, 1, 4096, 199_999}) {
            byte[] bytes = fx.bytes(length);
            fx.far().write(source.handle(), 0, bytes);
            pair.near().post(Recv.into(length, plain.part(1, 199_999)));
            pair.far().post(Send.send(1, source.part(0, length)));
            assertThat(pair.near().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(length);
            assertThat(fx.near().read(plain.handle(), 1, length)).isEqualTo(bytes);
            pair.far().awaitSend(WcStatus.SUCCESS);
        }
    }

    @Test
    default void shouldScatterOverPlainAndAllocatedMemory(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region plain = fx.near().register(4096, AccessFlag.LOCAL_WRITE.bit());
        byte[] bytes = fx.bytes(3000);
        pair.far().write(0, bytes);
        pair.near()
                .post(Recv.into(
                        1,
                        pair.near().region().part(0, 1000),
                        plain.part(5, 1000),
                        pair.near().region().part(1000, 2000)));
        pair.far().post(Send.send(1, pair.far().region().part(0, 3000)));
        pair.near().awaitRecv(WcStatus.SUCCESS);
        assertThat(fx.near().read(plain.handle(), 5, 1000)).isEqualTo(java.util.Arrays.copyOfRange(bytes, 1000, 2000));
        assertThat(pair.near().read(1000, 1000)).isEqualTo(java.util.Arrays.copyOfRange(bytes, 2000, 3000));
    }

    @Test
    default void shouldSendAndWriteFromPlainMemoryAndReadIntoIt(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region plain = fx.near().register(50_000, AccessFlag.LOCAL_WRITE.bit());
        byte[] bytes = fx.bytes(20_000);
        fx.near().write(plain.handle(), 3, bytes);
        pair.far().postRecv(0, 20_000);
        pair.near().post(Send.send(1, plain.part(3, 20_000)));
        pair.near().awaitSend(WcStatus.SUCCESS);
        pair.far().awaitRecv(WcStatus.SUCCESS);
        assertThat(pair.far().read(0, 20_000)).isEqualTo(bytes);
        pair.near().post(Send.write(2, plain.part(3, 20_000), pair.far().region(), 30_000));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(pair.far().read(30_000, 20_000)).isEqualTo(bytes);
        pair.near().post(Send.read(3, plain.part(25_000, 20_000), pair.far().region(), 30_000));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(fx.near().read(plain.handle(), 25_000, 20_000)).isEqualTo(bytes);
    }
}
