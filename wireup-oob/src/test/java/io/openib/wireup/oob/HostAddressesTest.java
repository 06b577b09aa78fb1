package io.openib.wireup.oob;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.oob.HostAddresses.Interface;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a process publishes of its host. */
@Timeout(10)
class HostAddressesTest {
    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }

    @Test
    void shouldLeaveOutWhatIsDownAndWhatLeadsNowhere() throws Exception {
        List<Interface> interfaces = List.of(
                new Interface(true, List.of(address("127.0.0.1"), address("::1"))),
                new Interface(false, List.of(address("192.0.2.1"), address("2001:db8::1"))),
                new Interface(true, List.of(address("fe80::2"), address("2001:db8::2"), address("192.0.2.2"))));
        assertThat(HostAddresses.reachable(Optional.empty(), interfaces))
                .containsExactly(address("192.0.2.2"), address("2001:db8::2"));
    }

    @Test
    void shouldNameThePortsOwnAddressFirstAndOnce() throws Exception {
        List<Interface> interfaces =
                List.of(new Interface(true, List.of(address("192.0.2.2"), address("2001:db8::2"))));
        assertThat(HostAddresses.reachable(Optional.of(address("2001:db8::2")), interfaces))
                .containsExactly(address("2001:db8::2"), address("192.0.2.2"));
    }
}
