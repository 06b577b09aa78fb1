package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.OpsPointers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Binds the template of the hot calls to functions of the C library, which can tell which of them was called. */
@Timeout(60)
class NativeBindingTest {
    private static HotCalls boundTo(String reqNotifyCq) {
        long abs = address("abs");
        return new JnaCalls().bind(new OpsPointers(abs, abs, abs, abs, address(reqNotifyCq)));
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
