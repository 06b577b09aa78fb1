package io.openib.verbs.soft;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.mca.McaParameters;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where the wire listens when nobody says. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class WireParametersTest {
    private static final byte[] NONE = {};
    private static final byte[] SECRET = {1};

    private static McaParameters values(String job) {
        return McaParameters.of(Map.of("soft_job", job), SoftParameters.all());
    }

    private static boolean isForOtherHosts(byte[] secret, boolean isJobLocal) {
        return requireNonNull(WireParameters.bound(values(""), secret, isJobLocal))
                .getAddress()
                .isAnyLocalAddress();
    }

    @Test
    void shouldListenForOtherHostsOnlyWhereARankMayBeThereAndHasToProveItself() {
        assertThat(isForOtherHosts(SECRET, false)).isTrue();
        assertThat(isForOtherHosts(SECRET, true)).isFalse();
        assertThat(isForOtherHosts(NONE, false)).isFalse();
        assertThat(WireParameters.bound(values("job-1"), SECRET, true)).isNull();
    }
}
