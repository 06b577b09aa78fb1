package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Binds the template of the hot calls to functions of the C library, which can tell which of them was called. */
@Timeout(60)
class NativeBindingTest {
    private static HotCalls boundTo(String reqNotifyCq) {
        Map<String, Long> addresses = new TreeMap<>();
        for (String method : new String[] {"postSend", "postRecv", "postSrqRecv", "pollCq"}) {
            addresses.put(method, address("abs"));
        }
        addresses.put("reqNotifyCq", address(reqNotifyCq));
        return NativeBinding.bind(HotCalls.class, HotCallsTemplate.class, addresses);
    }

    private static long address(String function) {
        return com.sun.jna.Pointer.nativeValue(NativeLibrary.getProcess().getGlobalVariableAddress(function));
    }

    @Test
    void shouldKeepTwoSetsOfPointersApart() {
        HotCalls upper = boundTo("toupper");
        HotCalls lower = boundTo("tolower");
        for (int i = 0; i < 3; i++) {
            assertThat(upper.reqNotifyCq('a', 0)).isEqualTo('A');
            assertThat(lower.reqNotifyCq('A', 0)).isEqualTo('a');
        }
        assertThat(upper.pollCq(-5, 0, 0)).isEqualTo(5);
    }

    @Test
    void shouldBindTheSamePointersOnce() {
        assertThat(boundTo("toupper")).isSameAs(boundTo("toupper")).isNotSameAs(boundTo("tolower"));
    }

    @Test
    void shouldKeepItsFunctionsWhenTheCollectorRuns() {
        HotCalls upper = boundTo("toupper");
        for (int i = 0; i < 3; i++) {
            System.gc();
            assertThat(upper.reqNotifyCq('b', 0)).isEqualTo('B');
        }
    }
}
