package io.openib.verbs.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.HotCallsComponent;
import io.openib.verbs.jna.calls.OpsPointers;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ops tables made of functions of the C library, which can tell which of them was called and with what. */
@Timeout(60)
@SuppressWarnings("restricted")
class FfmCallsTest {
    private final FfmCallsComponent component = new FfmCallsComponent();

    private static long address(String function) {
        return Linker.nativeLinker()
                .defaultLookup()
                .find(function)
                .orElseThrow()
                .address();
    }

    /** {@code memcmp(queue, wr, badWr)} and its like have the shape of a post; poll and notify have that of {@code abs}. */
    private HotCalls table(String post, String one) {
        long function = address(post);
        return component.bind(new OpsPointers(function, function, function, address(one), address(one)));
    }

    @Test
    void shouldPostOnTwoContextsWithDifferentTables() {
        HotCalls compares = table("memcmp", "toupper");
        HotCalls ignoresCase = table("strncasecmp", "tolower");
        try (Arena arena = Arena.ofConfined()) {
            long upper = arena.allocateFrom("SAME").address();
            long lower = arena.allocateFrom("same").address();
            for (int i = 0; i < 3; i++) {
                assertThat(compares.postSend(upper, lower, 4)).isNotZero();
                assertThat(ignoresCase.postSend(upper, lower, 4)).isZero();
                assertThat(compares.postRecv(upper, lower, 4)).isNotZero();
                assertThat(ignoresCase.postRecv(upper, lower, 4)).isZero();
                assertThat(compares.postSrqRecv(upper, upper, 4)).isZero();
                assertThat(ignoresCase.postSrqRecv(upper, lower, 4)).isZero();
                assertThat(compares.pollCq('a', 0, 0)).isEqualTo('A');
                assertThat(ignoresCase.pollCq('A', 0, 0)).isEqualTo('a');
                assertThat(compares.pollLockedCq('a', 0, 0)).isEqualTo('A');
                assertThat(ignoresCase.pollLockedCq('A', 0, 0)).isEqualTo('a');
                assertThat(compares.reqNotifyCq('b', 0)).isEqualTo('B');
                assertThat(ignoresCase.reqNotifyCq('B', 0)).isEqualTo('b');
            }
        }
    }

    @Test
    void shouldKeepEachTablesOwnFunctions() {
        long memcmp = address("memcmp");
        long strncasecmp = address("strncasecmp");
        HotCalls mixed =
                component.bind(new OpsPointers(memcmp, strncasecmp, memcmp, address("toupper"), address("tolower")));
        try (Arena arena = Arena.ofConfined()) {
            long upper = arena.allocateFrom("SAME").address();
            long lower = arena.allocateFrom("same").address();
            assertThat(mixed.postSend(upper, lower, 4)).isNotZero();
            assertThat(mixed.postRecv(upper, lower, 4)).isZero();
            assertThat(mixed.postSrqRecv(upper, lower, 4)).isNotZero();
            assertThat(mixed.pollCq('a', 0, 0)).isEqualTo('A');
            assertThat(mixed.pollLockedCq('a', 0, 0)).isEqualTo('A');
            assertThat(mixed.reqNotifyCq('A', 0)).isEqualTo('a');
        }
    }

    @Test
    void shouldCarryAllSixtyFourBitsOfAnAddress() {
        HotCalls calls = table("memcmp", "toupper");
        MemorySegment page = Arena.global().allocate(1 << 16, 1 << 12);
        assertThat(page.address() >>> 32).as("an address above 4 GiB").isNotZero();
        page.set(ValueLayout.JAVA_BYTE, page.byteSize() - 1, (byte) 1);
        assertThat(calls.postSend(page.address(), page.address(), page.byteSize()))
                .isZero();
        assertThat(calls.postSend(page.address() + page.byteSize() - 1, page.address(), 1))
                .isPositive();
    }

    @Test
    void shouldAllocateNothing() {
        HotCalls calls = table("memcmp", "toupper");
        long address = Arena.global().allocate(8).address();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10 && least > 0; round++) { // until the compiler has come to an end
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                calls.postSend(address, address, 8);
                calls.postRecv(address, address, 8);
                calls.pollCq('a', 1, address);
                calls.pollLockedCq('a', 1, address);
                calls.reqNotifyCq('a', 1);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
    }

    /** {@code usleep} stands for a poll that waits for the lock of its queue; the other one would hold the collector up so long. */
    @Test
    void shouldLetTheCollectorWorkWhileAPollWaits() throws InterruptedException {
        HotCalls sleeps = table("memcmp", "usleep");
        sleeps.pollLockedCq(1, 0, 0); // the handle is made by now
        long waitUs = TimeUnit.SECONDS.toMicros(10);
        CountDownLatch isCalling = new CountDownLatch(1);
        Thread poller = new Thread(() -> {
            isCalling.countDown();
            sleeps.pollLockedCq(waitUs, 0, 0);
        });
        poller.setDaemon(true);
        poller.start();
        isCalling.await();
        long startNs = System.nanoTime();
        long longestNs = 0;
        while (System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(1)) { // in which it goes into the call
            long beforeNs = System.nanoTime();
            System.gc();
            longestNs = Math.max(longestNs, System.nanoTime() - beforeNs);
        }
        assertThat(longestNs).isLessThan(TimeUnit.MICROSECONDS.toNanos(waitUs / 2));
    }

    @Test
    void shouldBeFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(HotCallsComponent.class)).singleElement().satisfies(found -> {
            assertThat(found.name()).isEqualTo("ffm");
            assertThat(found.spiVersion()).isEqualTo(HotCallsComponent.SPI_VERSION);
            assertThat(found.availability().isUsable()).isTrue();
        });
    }
}
