package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressVector;
import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Gid;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.cm.ConnectionParameters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes at the offsets that were measured with a C compiler on rdma-core's headers (version 44, x86-64 and AArch64 alike). */
@Timeout(60)
class LayoutTest {
    private static final AddressVector ROUTE = new AddressVector(
            3,
            0x1234,
            5,
            6,
            7,
            new AddressVector.GlobalRoute(new Gid(0x0102030405060708L, 0x090a0b0c0d0e0f10L), 7, 8, 9, 10));

    @Test
    void shouldLayOutASend() {
        JnaSendWorkRequest wr = new JnaSendWorkRequest(2, 0);
        wr.wrId(0x1122334455667788L)
                .opcode(WrOpcode.RDMA_WRITE_WITH_IMM)
                .flags(2)
                .sgeCount(2)
                .sge(1, 0xabcdL, 17, 99)
                .immediate(0x01020304)
                .remote(0x55L, 66);
        assertThat(wr.conclude(false)).isTrue();
        ByteBuffer bytes = wr.bytes();
        assertThat(bytes.getLong(0)).isEqualTo(0x1122334455667788L);
        assertThat(bytes.getLong(16)).isEqualTo(wr.address() + 128);
        assertThat(bytes.getInt(24)).isEqualTo(2);
        assertThat(bytes.getInt(28)).isEqualTo(1);
        assertThat(bytes.getInt(32)).isEqualTo(2);
        assertThat(bytes.get(36)).as("network order").isEqualTo((byte) 1);
        assertThat(bytes.getLong(40)).isEqualTo(0x55);
        assertThat(bytes.getInt(48)).isEqualTo(66);
        assertThat(bytes.getLong(128 + 16)).isEqualTo(0xabcd);
        assertThat(bytes.getInt(128 + 24)).isEqualTo(17);
        assertThat(bytes.getInt(128 + 28)).isEqualTo(99);
    }

    @Test
    void shouldReadAPort() {
        ByteBuffer attr = ByteBuffer.allocate(PortAttrLayout.BYTES).order(ByteOrder.nativeOrder());
        attr.putInt(0, 4)
                .putInt(4, 5)
                .putInt(8, 3)
                .putInt(12, 255)
                .putInt(20, 1 << 30)
                .putShort(32, (short) 128);
        attr.putShort(34, (short) 0x9abc)
                .putShort(36, (short) 1)
                .put(43, (byte) 2)
                .put(44, (byte) 64);
        attr.put(46, (byte) 1);
        assertThat(PortAttrLayout.read(attr))
                .isEqualTo(new PortAttributes(
                        PortState.ACTIVE,
                        Mtu.MTU_4096,
                        Mtu.MTU_1024,
                        255,
                        128,
                        1 << 30,
                        0x9abc,
                        1,
                        LinkLayer.INFINIBAND,
                        200_000,
                        false));
        attr.put(47, (byte) 1);
        assertThat(PortAttrLayout.read(attr).isGrhRequired()).isTrue();
    }

    @Test
    void shouldLayOutAnAtomicWhateverWasSetFirst() {
        JnaSendWorkRequest wr = new JnaSendWorkRequest(1, 0);
        wr.compareAdd(11).swap(12).remote(0x55L, 66).sge(0, 1, 8, 2).sgeCount(1).opcode(WrOpcode.ATOMIC_CMP_AND_SWP);
        assertThat(wr.conclude(false)).isTrue();
        assertThat(wr.bytes().getLong(40)).isEqualTo(0x55);
        assertThat(wr.bytes().getLong(48)).isEqualTo(11);
        assertThat(wr.bytes().getLong(56)).isEqualTo(12);
        assertThat(wr.bytes().getInt(64)).isEqualTo(66);
        wr.opcode(WrOpcode.RDMA_READ);
        assertThat(wr.conclude(false)).isTrue();
        assertThat(wr.bytes().getInt(48)).as("the key, not the operand").isEqualTo(66);
    }

    @Test
    void shouldRefuseWhatNativeCodeMustNotRead() {
        JnaSendWorkRequest wr = new JnaSendWorkRequest(1, 0);
        assertThat(wr.sgeCount(0)).isSameAs(wr);
        assertThat(wr.conclude(true)).as("a datagram without a destination").isFalse();
        wr.sgeCount(2);
        assertThat(wr.conclude(false)).as("more entries than the list has").isFalse();
        wr.sgeCount(-1);
        assertThat(wr.conclude(false)).isFalse();
        wr.sgeCount(0).opcode(77);
        assertThat(wr.conclude(false)).isFalse();
        wr.sgeCount(1).sge(0, 1, 16, 2).opcode(WrOpcode.ATOMIC_FETCH_AND_ADD);
        assertThat(wr.conclude(false)).as("an atomic of sixteen bytes").isFalse();
        JnaRecvWorkRequest recv = new JnaRecvWorkRequest(1);
        recv.sgeCount(2);
        assertThat(recv.conclude(false)).isFalse();
    }

    @Test
    void shouldLayOutAReceive() {
        JnaRecvWorkRequest wr = new JnaRecvWorkRequest(1);
        wr.wrId(7).sgeCount(1).sge(0, 0xabcdL, 17, 99);
        assertThat(wr.bytes().getLong(0)).isEqualTo(7);
        assertThat(wr.bytes().getLong(16)).isEqualTo(wr.address() + 32);
        assertThat(wr.bytes().getInt(24)).isEqualTo(1);
        assertThat(wr.bytes().getLong(32)).isEqualTo(0xabcd);
    }

    @Test
    void shouldReadACompletionOfABatch() {
        JnaWorkCompletions batch = new JnaWorkCompletions(2);
        ByteBuffer wc = NativeMemory.view(batch.address() + 48, 48);
        wc.putLong(0, -2)
                .putInt(8, 12)
                .putInt(12, 128)
                .putInt(16, 4)
                .putInt(20, 5)
                .putInt(24, Integer.reverseBytes(6))
                .putInt(28, 7)
                .putInt(32, 8)
                .putInt(36, 2);
        assertThat(batch.wrId(1)).isEqualTo(-2);
        assertThat(new int[] {
                    batch.status(1),
                    batch.opcode(1),
                    batch.vendorError(1),
                    batch.byteLength(1),
                    batch.immediate(1),
                    batch.qpNumber(1),
                    batch.sourceQp(1),
                    batch.flags(1)
                })
                .containsExactly(12, 128, 4, 5, 6, 7, 8, 2);
    }

    @Test
    void shouldLayOutAnAddressVectorAndReadItBack() {
        ByteBuffer bytes = NativeMemory.ofBytes(AhAttrLayout.BYTES).bytes();
        AhAttrLayout.write(bytes, 0, ROUTE);
        assertThat(bytes.get(0)).isEqualTo((byte) 1);
        assertThat(bytes.get(15)).isEqualTo((byte) 0x10);
        assertThat(bytes.getInt(16)).isEqualTo(8);
        assertThat(new byte[] {bytes.get(20), bytes.get(21), bytes.get(22)}).containsExactly(7, 9, 10);
        assertThat(bytes.getShort(24)).isEqualTo((short) 0x1234);
        assertThat(new byte[] {bytes.get(26), bytes.get(27), bytes.get(28), bytes.get(29), bytes.get(30)})
                .containsExactly(5, 6, 7, 1, 3);
        assertThat(AhAttrLayout.read(bytes, 0)).isEqualTo(ROUTE);
    }

    @Test
    void shouldReadBackEveryAttributeOfAQueuePair() {
        QpAttributes all = QpAttributes.toState(QpState.RTS)
                .currentState(QpState.RTR)
                .accessFlags(EnumSet.of(AccessFlag.REMOTE_READ))
                .pkeyIndex(0x1ff)
                .port(2)
                .qkey(0x80000001)
                .addressVector(ROUTE)
                .pathMtu(Mtu.MTU_4096)
                .timeout(31)
                .retryCount(6)
                .rnrRetry(5)
                .rqPsn(0xfffffe)
                .sqPsn(0xfffffd)
                .maxRdAtomic(200)
                .maxDestRdAtomic(201)
                .minRnrTimer(30)
                .destQpNumber(0xfffffc);
        assertThat(all.mask()).isEqualTo(EnumSet.allOf(QpAttribute.class));
        ByteBuffer bytes = NativeMemory.ofBytes(QpAttrLayout.BYTES).bytes();
        QpAttrLayout.write(bytes, all);
        assertThat(bytes.getInt(28)).isEqualTo(0xfffffc);
        assertThat(bytes.getShort(120)).isEqualTo((short) 0x1ff);
        assertThat(new byte[] {bytes.get(126), bytes.get(127), bytes.get(128), bytes.get(129), bytes.get(130)})
                .containsExactly(200, 201, 30, 2, 31);
        assertThat(QpAttrLayout.read(bytes, all.maskBits()))
                .usingRecursiveComparison()
                .isEqualTo(all);
    }

    @Test
    void shouldReadDeviceAttributes() {
        ByteBuffer bytes = NativeMemory.ofBytes(DeviceAttrLayout.BYTES).bytes();
        bytes.put(0, "1.2.3".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        bytes.put(64, (byte) 0xfe).put(71, (byte) 1);
        bytes.putLong(80, -1)
                .putInt(108, 5)
                .putInt(144, 16)
                .putInt(156, 17)
                .putInt(164, 1)
                .putInt(220, 4);
        bytes.putShort(224, (short) 0xffff).put(227, (byte) 200);
        DeviceAttributes read = DeviceAttrLayout.read(bytes);
        assertThat(read.firmwareVersion()).isEqualTo("1.2.3");
        assertThat(read.nodeGuid()).isEqualTo(0xfe00000000000001L);
        assertThat(read.physicalPorts()).isEqualTo(200);
        assertThat(read.limit(DeviceLimit.MAX_MR_BYTES)).isEqualTo(DeviceAttrLayout.LONGEST_REGION);
        assertThat(read.limit(DeviceLimit.MAX_QP_RD_ATOM)).isEqualTo(16);
        assertThat(read.limit(DeviceLimit.MAX_QP_INIT_RD_ATOM)).isEqualTo(17);
        assertThat(read.limit(DeviceLimit.MAX_PKEYS)).isEqualTo(0xffff);
    }

    @Test
    void shouldReadBackConnectionParameters() {
        byte[] data = new byte[196];
        data[195] = 42;
        NativeMemory memory = ConnParamLayout.of(new ConnectionParameters(data, 200, 201, 7, 6, true, 0xfffffe));
        assertThat(memory.bytes().getLong(0)).isEqualTo(memory.address() + 24);
        assertThat(memory.bytes().get(8)).isEqualTo((byte) 196);
        assertThat(memory.bytes().getInt(16)).isEqualTo(0xfffffe);
        ConnectionParameters read = ConnParamLayout.read(memory.bytes(), 0);
        assertThat(read.privateData()).isEqualTo(data);
        assertThat(read.responderResources()).isEqualTo(200);
        assertThat(read.initiatorDepth()).isEqualTo(201);
        assertThat(read.isSrq()).isTrue();
        assertThat(read.qpNumber()).isEqualTo(0xfffffe);
    }

    @Test
    void shouldReadBackAddressesOfBothFamilies() throws Exception {
        for (String host : new String[] {"10.9.0.1", "fe80::1%1", "2001:db8::7"}) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), 0xfedc);
            ByteBuffer bytes = SockaddrLayout.of(address).bytes();
            assertThat(bytes.get(2)).as("network order").isEqualTo((byte) 0xfe);
            InetSocketAddress read = java.util.Objects.requireNonNull(SockaddrLayout.read(bytes, 0));
            assertThat(read.getPort()).isEqualTo(0xfedc);
            assertThat(read.getAddress().getAddress())
                    .isEqualTo(address.getAddress().getAddress());
        }
        assertThat(SockaddrLayout.read(NativeMemory.ofBytes(128).bytes(), 0)).isNull();
    }

    @Test
    void shouldNameSymbolsAsTheLibraryDoes() {
        assertThat(Symbols.nameOf("ibv_", "createCompChannel")).isEqualTo("ibv_create_comp_channel");
        assertThat(Symbols.nameOf("_ibv_", "queryGidEx")).isEqualTo("_ibv_query_gid_ex");
    }
}
