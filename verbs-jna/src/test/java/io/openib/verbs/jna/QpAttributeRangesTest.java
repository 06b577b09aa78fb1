package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Device;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsException;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class QpAttributeRangesTest {
    private static final PortAttributes PORT = new PortAttributes(
            PortState.ACTIVE, Mtu.MTU_4096, Mtu.MTU_4096, 1, 2, 1 << 30, 0, 0, LinkLayer.ETHERNET, 0, false);

    private int queries;

    private final Device device = (Device) Proxy.newProxyInstance(
            Device.class.getClassLoader(), new Class<?>[] {Device.class}, (proxy, method, arguments) -> {
                assertThat(method.getName()).isEqualTo("queryPort");
                queries++;
                return PORT;
            });

    private void verify(int pkeyIndex) {
        QpAttributes init =
                QpAttributes.toState(QpState.INIT).port(1).pkeyIndex(pkeyIndex).accessFlags(Set.of());
        QpAttributeRanges.verify("rxe0:1", init, device);
    }

    @Test
    void shouldRefuseARowThatThePortsTableDoesNotHave() {
        verify(1);
        assertThatThrownBy(() -> verify(2))
                .isInstanceOf(VerbsException.class)
                .hasMessageContaining("P_Key index 2 is not within 0 to 1");
        assertThatThrownBy(() -> verify(-1)).isInstanceOf(VerbsException.class);
    }

    @Test
    void shouldNotAskThePortForTheRowThatEachHas() {
        verify(0);
        assertThat(queries).isZero();
    }

    @Test
    void shouldRefuseWhatOnlyAMoveMaySet() {
        assertThatThrownBy(() ->
                        QpAttributeRanges.verify("rxe0:1", QpAttributes.none().sqPsn(5), device))
                .isInstanceOf(VerbsException.class)
                .hasMessageContaining("SQ_PSN is set by a move to another state alone");
        QpAttributeRanges.verify("rxe0:1", QpAttributes.toState(QpState.RTS).sqPsn(5), device);
        QpAttributeRanges.verify("rxe0:1", QpAttributes.none().minRnrTimer(5), device);
    }
}
