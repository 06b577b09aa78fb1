package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.jna.calls.HotCallsComponent;
import io.openib.verbs.jna.calls.OpsPointers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two contexts whose ops tables differ, as those of two kinds of device do, in native memory: their functions are
 * {@code strcmp} and {@code strcasecmp}, which compare the queue's first bytes with the request's, its id.
 */
@Timeout(60)
class TwoContextsTest {
    private static final List<HotCallsComponent> COMPONENTS =
            List.of(new JnaCalls(), new CallsChoice(NativeCalls.AUTO, List.of()).make());

    /** A queue whose text only a function that ignores case finds equal to the id of {@link #request()}. */
    private final NativeMemory queue = text("SAME");

    private static NativeMemory text(String text) {
        NativeMemory memory = NativeMemory.ofBytes(text.length() + 1);
        memory.bytes().put(0, text.getBytes(StandardCharsets.US_ASCII));
        return memory;
    }

    private static JnaSendWorkRequest request() {
        JnaSendWorkRequest wr = new JnaSendWorkRequest(1, 0);
        SendWorkRequest set = wr.wrId(text("same\0\0\0").bytes().getLong(0));
        assertThat(set).isSameAs(wr);
        return wr;
    }

    private static long address(String function) {
        return Pointer.nativeValue(NativeLibrary.getProcess().getGlobalVariableAddress(function));
    }

    private static OpsPointers contextWith(String post, String poll) {
        NativeMemory context = NativeMemory.ofBytes(ContextLayout.bytes(Platform.here()));
        ByteBuffer bytes = context.bytes();
        for (int slot :
                new int[] {ContextLayout.OPS_POST_SEND, ContextLayout.OPS_POST_RECV, ContextLayout.OPS_POST_SRQ_RECV}) {
            bytes.putLong(ContextLayout.OPS + slot, address(post));
        }
        bytes.putLong(ContextLayout.OPS + ContextLayout.OPS_POLL_CQ, address(poll));
        bytes.putLong(ContextLayout.OPS + ContextLayout.OPS_REQ_NOTIFY_CQ, address(poll));
        MemoryMap map = MemoryMap.read();
        ContextChecks checks = new ContextChecks(context.address(), Platform.here());
        return checks.verifiedPointers(map, List.of(checks.provider(map, "")));
    }

    @Test
    void shouldPostOnEachByItsOwnTable() {
        for (HotCallsComponent component : COMPONENTS) {
            var strict = component.bind(contextWith("strcmp", "toupper"));
            var lenient = component.bind(contextWith("strcasecmp", "tolower"));
            Poster strictSends = Poster.ofSends(strict, queue.address(), false);
            Poster lenientSends = Poster.ofSends(lenient, queue.address(), false);
            for (int i = 0; i < 3; i++) { // neither call redirects the other
                assertThat(strictSends.post(request())).isNegative();
                assertThat(lenientSends.post(request())).isZero();
                assertThat(strict.pollCq('a', 1, 0)).isEqualTo('A');
                assertThat(lenient.pollCq('A', 1, 0)).isEqualTo('a');
            }
        }
    }

    @Test
    void shouldPostChainsOfReceivesOnEachByItsOwnTable() {
        JnaRecvWorkRequest[] chain = {new JnaRecvWorkRequest(1), new JnaRecvWorkRequest(1)};
        for (JnaRecvWorkRequest wr : chain) {
            wr.wrId(text("same\0\0\0").bytes().getLong(0));
        }
        for (HotCallsComponent component : COMPONENTS) {
            var strict = component.bind(contextWith("strcmp", "toupper"));
            var lenient = component.bind(contextWith("strcasecmp", "tolower"));
            assertThat(Poster.ofReceives(strict, queue.address()).postChain(chain, 2))
                    .isNegative();
            assertThat(Poster.ofReceives(lenient, queue.address()).postChain(chain, 2))
                    .isEqualTo(2);
            assertThat(Poster.ofSharedReceives(strict, queue.address()).postChain(chain, 2))
                    .isNegative();
            assertThat(Poster.ofSharedReceives(lenient, queue.address()).postChain(chain, 2))
                    .isEqualTo(2);
        }
    }
}
