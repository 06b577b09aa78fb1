package io.openib.verbs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class GidTest {
    @Test
    void shouldMapAnIpv4AddressAsRoceDoes() throws Exception {
        Gid gid = Gid.of(InetAddress.getByName("10.9.0.1"));

        assertThat(gid).hasToString("0000:0000:0000:0000:0000:ffff:0a09:0001");
        assertThat(gid.isIpv4Mapped()).isTrue();
        assertThat(gid.toAddress()).isEqualTo(InetAddress.getByName("10.9.0.1"));
    }

    @Test
    void shouldKeepItsBytesInNetworkOrder() {
        byte[] raw = new byte[Gid.BYTES];
        raw[0] = (byte) 0xfe;
        raw[1] = (byte) 0x80;
        raw[15] = 7;

        assertThat(Gid.of(raw)).isEqualTo(new Gid(0xfe80L << 48, 7));
        assertThat(Gid.of(raw).toBytes()).isEqualTo(raw);
        assertThat(Gid.of(raw).isLinkLocal()).isTrue();
        assertThat(Gid.ZERO.isLinkLocal()).isFalse();
    }

    @Test
    void shouldRefuseAnotherLength() {
        assertThatThrownBy(() -> Gid.of(new byte[4])).hasMessageContaining("16 bytes, not 4");
    }
}
