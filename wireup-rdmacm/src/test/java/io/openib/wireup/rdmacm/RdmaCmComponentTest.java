package io.openib.wireup.rdmacm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.openib.mca.McaException;
import io.openib.mca.Parameter;
import io.openib.wireup.WireupComponent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RdmaCmComponentTest {
    @Test
    void shouldBeFoundByName() {
        assertThat(ServiceLoader.load(WireupComponent.class))
                .filteredOn(component -> component.name().equals("rdmacm"))
                .singleElement()
                .satisfies(component -> assertThat(component.spiVersion()).isEqualTo(WireupComponent.SPI_VERSION));
    }

    @Test
    void shouldHaveOpenMpisNamesAndDefaults() {
        assertThat(new RdmaCmComponent().parameters())
                .extracting(
                        Parameter::name, parameter -> parameter.defaultValue().toString())
                .contains(
                        tuple("btl_openib_connect_rdmacm_priority", "30"),
                        tuple("btl_openib_connect_rdmacm_port", "0"),
                        tuple("btl_openib_connect_rdmacm_resolve_timeout", "30000"),
                        tuple("btl_openib_connect_rdmacm_retry_count", "20"));
    }

    @Test
    void shouldTakeAPortOrARangeOfPorts() {
        assertThat(RdmaCmParameters.PORT.parse("7000-7002")).isEqualTo("7000-7002");
        assertThat(RdmaCmParameters.PORT.parse("65535")).isEqualTo("65535");
        for (String wrong : new String[] {"", "x", "-1", "65536", "7002-7000", "0-5", "1-2000000000"}) {
            assertThatThrownBy(() -> RdmaCmParameters.PORT.parse(wrong))
                    .as(wrong)
                    .isInstanceOf(McaException.class);
        }
    }

    @Test
    void shouldKeepTheContactsBytes() throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("192.0.2.7"), 0x1b59);
        byte[] blob = ContactBlob.encode(address);
        assertThat(blob).containsExactly(1, 0x1b, 0x59, 192, 0, 2, 7);
        assertThat(ContactBlob.decode(blob)).isEqualTo(address);
        InetSocketAddress six = new InetSocketAddress(InetAddress.getByName("2001:db8::1"), 5);
        assertThat(ContactBlob.decode(ContactBlob.encode(six))).isEqualTo(six);
        assertThat(ContactBlob.decode(new byte[0])).isNull();
        assertThat(ContactBlob.decode(new byte[] {1, 0, 0, 1, 2, 3, 4})).isNull();
        assertThat(ContactBlob.decode(new byte[] {2, 0, 1, 1, 2, 3, 4})).isNull();
    }
}
