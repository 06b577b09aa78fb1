package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class PortAddressTest {
    private static final long SUBNET = 0xfe80L << 48;
    private static final QueuePairSettings SETTINGS = new QueuePairSettings(
            1, 0, 3, EnumSet.of(AccessFlag.LOCAL_WRITE), Mtu.MTU_1024, 0, 104, 12, 14, 7, List.of(7), 4, 4);

    private static PortAddress address(int lid, boolean isGrhRequired) {
        return new PortAddress(lid, new Gid(SUBNET, lid), isGrhRequired);
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void shouldTakeAGlobalRouteWithinASubnetWhereEitherEndNeedsIt(boolean isOurs, boolean isTheirs) {
        var vector = address(4, isOurs).vectorTo(address(5, isTheirs), SETTINGS);

        assertThat(vector.dlid()).isEqualTo(5);
        assertThat(vector.grh() != null).isEqualTo(isOurs || isTheirs);
        if (vector.grh() != null) {
            assertThat(vector.grh().dgid()).isEqualTo(new Gid(SUBNET, 5));
            assertThat(vector.grh().sgidIndex()).isEqualTo(3);
            assertThat(vector.grh().trafficClass()).isEqualTo(104);
        }
    }

    @Test
    void shouldTakeAGlobalRouteToAnotherSubnet() {
        PortAddress away = new PortAddress(5, new Gid(SUBNET + 1, 5), false);

        assertThat(address(4, false).vectorTo(away, SETTINGS).grh()).isNotNull();
    }
}
