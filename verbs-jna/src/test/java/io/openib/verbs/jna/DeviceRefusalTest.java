package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.HotCallsComponent;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each load-time check refuses the device whose one field is wrong, in a line that says all there is to know, and closes it. */
@Timeout(60)
class DeviceRefusalTest {
    private static final SharedLibrary OTHER = SharedLibrary.open("libm.so.6");
    private static final String PROVIDER = SharedLibrary.open("libc.so.6").file("getpid");
    private static final String CODE = "a pointer into code of " + FakeIbverbs.FILE + " or " + PROVIDER;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path sysfs;

    private final List<String> passed = new ArrayList<>();

    /**
     * One field.
     *
     * @param spoil makes it wrong
     * @param check what has to be told, as the next two
     * @param provider whether it is known by then
     */
    record Case(String check, Consumer<FakeIbverbs> spoil, String expected, String got, boolean provider) {
        @Override
        public String toString() {
            return check + " " + got;
        }
    }

    @BeforeEach
    void makeSysfs() throws IOException {
        FakeIbverbs.describe(sysfs);
    }

    static Stream<Case> fieldsOfTheContext() {
        int abi = ContextLayout.abiCompat(Platform.here());
        String sizes = "a multiple of 8 from " + (168 + ContextLayout.bytes(Platform.here())) + " to 4096";
        return Stream.of(
                context("cmd_fd", fake -> fake.putInt(ContextLayout.CMD_FD, -1), "an open file descriptor", "-1"),
                context("cmd_fd", fake -> fake.putInt(ContextLayout.CMD_FD, 9999), "an open file descriptor", "9999"),
                context(
                        "async_fd",
                        fake -> fake.putInt(ContextLayout.ASYNC_FD, 9998),
                        "an open file descriptor",
                        "9998"),
                context("num_comp_vectors", fake -> fake.putInt(ContextLayout.NUM_COMP_VECTORS, 0), "1 to 4096", "0"),
                context(
                        "num_comp_vectors",
                        fake -> fake.putInt(ContextLayout.NUM_COMP_VECTORS, 4097),
                        "1 to 4096",
                        "4097"),
                context("abi_compat", fake -> fake.putLong(abi, 0x1000), "0xffffffffffffffff", "0x1000"),
                size(sizes, 500),
                size(sizes, 168),
                size(sizes, 4104));
    }

    private static Case size(String expected, long size) {
        return new Case(
                "verbs_context.sz",
                fake -> fake.putLong(ContextLayout.VERBS_CONTEXT_SIZE, size),
                expected,
                Long.toString(size),
                false);
    }

    private static Case context(String field, Consumer<FakeIbverbs> spoil, String expected, String got) {
        return new Case("ibv_context." + field, spoil, expected, got, false);
    }

    static Stream<Case> hotCalls() {
        long foreign = OTHER.symbol("cos");
        String file = OTHER.file("cos");
        return Stream.of(
                call("post_send", ContextLayout.OPS_POST_SEND, 0, ""),
                call("post_recv", ContextLayout.OPS_POST_RECV, 8, ""),
                call("post_srq_recv", ContextLayout.OPS_POST_SRQ_RECV, foreign, " in " + file),
                call("poll_cq", ContextLayout.OPS_POLL_CQ, 0, ""),
                call("req_notify_cq", ContextLayout.OPS_REQ_NOTIFY_CQ, foreign, " in " + file));
    }

    private static Case call(String slot, int offset, long pointer, String file) {
        return new Case(
                "ibv_context.ops." + slot,
                fake -> fake.putLong(ContextLayout.OPS + offset, pointer),
                CODE,
                "0x" + Long.toHexString(pointer) + file,
                true);
    }

    static Stream<Case> attributes() {
        return Stream.of(
                device(
                        "phys_port_cnt",
                        fake -> fake.deviceAttr.bytes().put(DeviceAttrLayout.PHYS_PORT_CNT, (byte) 0),
                        "1 to 255",
                        "0"),
                device("max_qp", fake -> fake.deviceAttr.bytes().putInt(DeviceAttrLayout.MAX_QP, 0), "above 0", "0"),
                device("max_qp", fake -> fake.deviceAttr.bytes().putInt(DeviceAttrLayout.MAX_QP, -5), "above 0", "-5"),
                device(
                        "fw_ver",
                        fake -> fake.deviceAttr.bytes().put(DeviceAttrLayout.FW_VER + 2, (byte) 7),
                        "printable text",
                        "\"22\u000731.1014\""),
                port("state", fake -> fake.portAttr.bytes().putInt(PortAttrLayout.STATE, 0), "1 to 5", "0"),
                port("state", fake -> fake.portAttr.bytes().putInt(PortAttrLayout.STATE, 6), "1 to 5", "6"),
                port(
                        "link_layer",
                        fake -> fake.portAttr.bytes().put(PortAttrLayout.LINK_LAYER, (byte) 3),
                        "0 to 2",
                        "3"),
                port("gid_tbl_len", fake -> fake.portAttr.bytes().putInt(PortAttrLayout.GID_TBL_LEN, 4), "3", "4"),
                new Case("ibv_port_attr", fake -> fake.portAttrBytes = 72, "at most 64 bytes", "a write at 64", true));
    }

    private static Case device(String field, Consumer<FakeIbverbs> spoil, String expected, String got) {
        return new Case("ibv_device_attr." + field, spoil, expected, got, true);
    }

    private static Case port(String field, Consumer<FakeIbverbs> spoil, String expected, String got) {
        return new Case("ibv_port_attr." + field, spoil, expected, got, true);
    }

    private static void assertRefusal(Case wrong, FakeIbverbs fake, VerbsException told) {
        assertThat(told.errno()).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(told)
                .hasMessage("ibv_open_device on fake0: EOPNOTSUPP, check failed, " + wrong.check + ": expected "
                        + wrong.expected + ", got " + wrong.got + " (" + FakeIbverbs.FILE
                        + (wrong.provider ? ", provider " + PROVIDER : "")
                        + "); the device is left alone: use another, or install an rdma-core of version 13 to 65, and"
                        + " report this line");
        assertThat(fake.closed).as("times that the device was closed").isEqualTo(1);
    }

    private JnaDevice open(FakeIbverbs fake) {
        return DeviceOpening.open(
                fake.library(), new UncalledCalls(), FakeIbverbs.DEVICE, (check, seen) -> passed.add(check), sysfs);
    }

    private void assertRefused(Case wrong, FakeIbverbs fake) {
        wrong.spoil.accept(fake);
        assertThatThrownBy(() -> open(fake))
                .isInstanceOfSatisfying(VerbsException.class, told -> assertRefusal(wrong, fake, told));
    }

    @Test
    void shouldOpenADeviceThatIsRight() {
        try (FakeIbverbs fake = new FakeIbverbs()) {
            open(fake).close();
            assertThat(passed)
                    .containsExactly(
                            "struct ibv_context",
                            "ibv_context.ops",
                            "struct ibv_device_attr",
                            "struct ibv_port_attr of port 1",
                            "structs ibv_pd, ibv_cq and ibv_qp");
            assertThat(fake.closed).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource({"fieldsOfTheContext", "hotCalls", "attributes"})
    void shouldRefuseADeviceWithOneWrongField(Case wrong) {
        try (FakeIbverbs fake = new FakeIbverbs()) {
            assertRefused(wrong, fake);
        }
    }

    @Test
    void shouldRefuseAContextOfAnotherDevice() {
        try (FakeIbverbs fake = new FakeIbverbs()) {
            String expected = "0x" + Long.toHexString(fake.device.address());
            assertRefused(
                    context("device", spoilt -> spoilt.putLong(ContextLayout.DEVICE, 0x77), expected, "0x77"), fake);
        }
    }

    @Test
    void shouldRefuseADeviceThatTheKernelKnowsOtherwise() throws IOException {
        Path guid = sysfs.resolve(FakeIbverbs.DEVICE).resolve("node_guid");
        Files.writeString(guid, "0011:2233:4455:7788\n");
        try (FakeIbverbs fake = new FakeIbverbs()) {
            assertRefused(
                    device("node_guid", spoilt -> {}, "0011:2233:4455:7788 (" + guid + ")", "0011:2233:4455:6677"),
                    fake);
        }
        Files.delete(guid);
        try (FakeIbverbs fake = new FakeIbverbs()) {
            assertRefused(new Case("ibv_device.name", spoilt -> {}, "a folder of " + sysfs, "fake0", true), fake);
        }
    }

    @Test
    void shouldRefuseObjectsWhoseFieldsAreElsewhere() {
        for (int field : List.of(
                ObjectLayouts.CONTEXT, ObjectLayouts.QP_PD, ObjectLayouts.QP_SEND_CQ, ObjectLayouts.QP_RECV_CQ)) {
            try (FakeIbverbs fake = new FakeIbverbs()) {
                String expected = "0x" + Long.toHexString(fake.qp.bytes().getLong(field));
                String name = List.of("context", "", "pd", "send_cq", "recv_cq").get(field / Long.BYTES);
                assertRefused(
                        new Case(
                                "ibv_qp." + name, spoilt -> spoilt.qp.bytes().putLong(field, 9), expected, "0x9", true),
                        fake);
            }
        }
        for (Case wrong : List.of(
                new Case(
                        "ibv_cq.cqe", fake -> fake.cq.bytes().putInt(ObjectLayouts.CQ_CQE, 7), "at least 8", "7", true),
                new Case(
                        "ibv_qp.qp_num",
                        fake -> fake.qp.bytes().putInt(ObjectLayouts.QP_NUM, 0),
                        "1 to 16777215",
                        "0",
                        true),
                new Case("ibv_query_qp of a new queue pair", fake -> fake.qpState = 1, "RESET", "INIT", true))) {
            try (FakeIbverbs fake = new FakeIbverbs()) {
                assertRefused(wrong, fake);
            }
        }
        try (FakeIbverbs fake = new FakeIbverbs()) {
            String expected = "0x" + Long.toHexString(fake.context());
            assertRefused(
                    new Case("ibv_cq.context", spoilt -> spoilt.cq.bytes().putLong(0, 9), expected, "0x9", true), fake);
        }
    }

    /** The most that the byte holds: what the kernel says of all that have more. */
    @Test
    void shouldTakeADeviceOfMorePortsThanAByteCounts() throws IOException {
        for (int port = 2; port <= 255; port++) {
            Path gids = sysfs.resolve(FakeIbverbs.DEVICE).resolve("ports/" + port + "/gids");
            Files.createDirectories(gids);
            for (int i = 0; i < FakeIbverbs.GIDS; i++) {
                Files.createFile(gids.resolve(Integer.toString(i)));
            }
        }
        try (FakeIbverbs fake = new FakeIbverbs()) {
            fake.deviceAttr.bytes().put(DeviceAttrLayout.PHYS_PORT_CNT, (byte) 255);
            try (JnaDevice device = open(fake)) {
                assertThat(device.attributes().physicalPorts()).isEqualTo(255);
            }
        }
    }

    /** Another transport is no layout that is wrong: it says so without the library's path. */
    @Test
    void shouldRefuseAnotherTransport() {
        try (FakeIbverbs fake = new FakeIbverbs()) {
            fake.device.bytes().putInt(ObjectLayouts.DEVICE_TRANSPORT, 1);
            assertThatThrownBy(() -> open(fake)).hasMessageContaining("its transport is iWARP");
            assertThat(fake.closed).isEqualTo(1);
        }
    }

    /** Bound, and never called. */
    private static final class UncalledCalls implements HotCallsComponent {
        @Override
        public String name() {
            return "uncalled";
        }

        @Override
        public int spiVersion() {
            return SPI_VERSION;
        }

        @Override
        public io.openib.verbs.Availability availability() {
            return io.openib.verbs.Availability.usable();
        }

        @Override
        public HotCalls bind(io.openib.verbs.jna.calls.OpsPointers pointers) {
            return (HotCalls) Proxy.newProxyInstance(
                    HotCalls.class.getClassLoader(), new Class<?>[] {HotCalls.class}, (proxy, method, arguments) -> {
                        throw new AssertionError(method + " was called");
                    });
        }
    }
}
