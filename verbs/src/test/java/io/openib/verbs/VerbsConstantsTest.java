package io.openib.verbs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.cm.CmEventType;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The numbers of libibverbs' and librdmacm's headers (releases 13 to 65 agree), which a binding hands to native code. */
@Timeout(20)
final class VerbsConstantsTest {
    @Test
    void shouldNumberSendOpcodesAsTheHeaderDoes() throws Exception {
        assertThat(constants(WrOpcode.class))
                .isEqualTo(Map.of(
                        "RDMA_WRITE", 0,
                        "RDMA_WRITE_WITH_IMM", 1,
                        "SEND", 2,
                        "SEND_WITH_IMM", 3,
                        "RDMA_READ", 4,
                        "ATOMIC_CMP_AND_SWP", 5,
                        "ATOMIC_FETCH_AND_ADD", 6));
    }

    @Test
    void shouldNumberFlagsAndCompletionOpcodesAsTheHeaderDoes() throws Exception {
        assertThat(constants(SendFlag.class)).isEqualTo(Map.of("FENCE", 1, "SIGNALED", 2, "SOLICITED", 4, "INLINE", 8));
        assertThat(constants(WcFlag.class)).isEqualTo(Map.of("GRH", 1, "WITH_IMM", 2));
        assertThat(constants(WcOpcode.class))
                .isEqualTo(Map.of(
                        "SEND",
                        0,
                        "RDMA_WRITE",
                        1,
                        "RDMA_READ",
                        2,
                        "COMP_SWAP",
                        3,
                        "FETCH_ADD",
                        4,
                        "RECV",
                        128,
                        "RECV_RDMA_WITH_IMM",
                        129));
    }

    @Test
    void shouldNumberAccessFlagsAttributesAndTypesAsTheHeaderDoes() {
        assertThat(Arrays.stream(AccessFlag.values()).map(AccessFlag::bit)).containsExactly(1, 2, 4, 8);
        assertThat(Arrays.stream(QpAttribute.values()).map(QpAttribute::bit))
                .containsExactly(
                        1, 1 << 1, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12,
                        1 << 13, 1 << 15, 1 << 16, 1 << 17, 1 << 20);
        assertThat(QpType.RC.code()).isEqualTo(2);
        assertThat(QpType.UD.code()).isEqualTo(4);
        assertThat(Arrays.stream(Mtu.values()).map(Mtu::bytes)).containsExactly(256, 512, 1024, 2048, 4096);
    }

    @Test
    @SuppressWarnings("EnumOrdinal") // the order is the contract
    void shouldOrderEnumsByTheirNumbers() {
        assertThat(names(QpState.values())).containsExactly("RESET", "INIT", "RTR", "RTS", "SQD", "SQE", "ERR");
        assertThat(PortState.ACTIVE.ordinal()).isEqualTo(4);
        assertThat(LinkLayer.ETHERNET.ordinal()).isEqualTo(2);
        assertThat(GidType.ROCE_V2.ordinal()).isEqualTo(2);
        assertThat(AsyncEventType.CQ_ERR.ordinal()).isZero();
        assertThat(AsyncEventType.PORT_ERR.ordinal()).isEqualTo(10);
        assertThat(AsyncEventType.SRQ_LIMIT_REACHED.ordinal()).isEqualTo(15);
        assertThat(AsyncEventType.WQ_FATAL.ordinal()).isEqualTo(19);
        assertThat(CmEventType.CONNECT_REQUEST.ordinal()).isEqualTo(4);
        assertThat(CmEventType.REJECTED.ordinal()).isEqualTo(8);
        assertThat(CmEventType.TIMEWAIT_EXIT.ordinal()).isEqualTo(15);
    }

    @Test
    void shouldFindEveryStatusByItsCode() {
        assertThat(WcStatus.RETRY_EXC_ERR.code()).isEqualTo(12);
        assertThat(WcStatus.RNR_RETRY_EXC_ERR.code()).isEqualTo(13);
        assertThat(WcStatus.GENERAL_ERR.code()).isEqualTo(21);
        for (WcStatus status : WcStatus.values()) {
            assertThat(WcStatus.ofCode(status.code())).isSameAs(status);
        }
        assertThat(WcStatus.ofCode(99)).isSameAs(WcStatus.GENERAL_ERR);
        assertThat(WcStatus.ofCode(-1)).isSameAs(WcStatus.GENERAL_ERR);
    }

    @Test
    void shouldTurnAccessFlagsIntoBitsAndBack() {
        Set<AccessFlag> flags = EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ);

        assertThat(AccessFlag.bits(flags)).isEqualTo(5);
        assertThat(AccessFlag.ofBits(5)).isEqualTo(flags);
        assertThat(AccessFlag.hasRemote(flags)).isTrue();
        assertThat(AccessFlag.hasRemote(EnumSet.of(AccessFlag.LOCAL_WRITE))).isFalse();
        assertThatThrownBy(() -> AccessFlag.ofBits(1 << 20)).hasMessageContaining("0x100000");
    }

    @Test
    void shouldMaskWhatWasSetAndNothingElse() {
        QpAttributes attributes = QpAttributes.toState(QpState.INIT)
                .pkeyIndex(0)
                .port(1)
                .accessFlags(Set.of())
                .qkey(1);

        assertThat(attributes.without(QpAttribute.QKEY).maskBits()).isEqualTo(1 | 1 << 4 | 1 << 5 | 1 << 3);
        assertThat(attributes.has(QpAttribute.QKEY)).isFalse();
        assertThat(QpAttributes.none().mask()).isEmpty();
    }

    @Test
    void shouldNameCallPlaceAndErrnoInOneLine() {
        VerbsException failure =
                new VerbsException("ibv_modify_qp", "soft0:1 qp 12", Errno.EINVAL, "INIT needs the port to be set");

        assertThat(failure).hasMessage("ibv_modify_qp on soft0:1 qp 12: EINVAL, INIT needs the port to be set");
        assertThat(Errno.name(-Errno.ENOMEM)).isEqualTo("ENOMEM");
        assertThat(Errno.name(77)).isEqualTo("errno 77");
    }

    private static Map<String, Integer> constants(Class<?> type) throws IllegalAccessException {
        Map<String, Integer> values = new LinkedHashMap<>();
        for (Field field : type.getFields()) {
            values.put(field.getName(), field.getInt(null));
        }
        return values;
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).collect(Collectors.toList());
    }
}
