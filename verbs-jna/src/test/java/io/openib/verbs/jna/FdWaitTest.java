package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.VerbsException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting for descriptors that have nothing to tell any more. */
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FdWaitTest {
    private final int fd = Libc.eventfd(0, Libc.EFD_NONBLOCK);
    private final FdWait wait = new FdWait(fd);

    @Test
    void shouldKeepItsTimeAlthoughTheDescriptorIsBroken() throws InterruptedException {
        Libc.close(fd);
        String late = wait.read(() -> null, 50);
        String now = wait.read(() -> null, 0);
        assertThat(late).isNull();
        assertThat(now).isNull();
        wait.close(() -> {});
    }

    /** The number may be that of something else by then, which nobody must read. */
    @Test
    void shouldNotReadOnceItIsClosed() throws InterruptedException {
        NativeMemory one = NativeMemory.ofBytes(Long.BYTES);
        one.bytes().putLong(0, 1);
        Libc.write(fd, one.address(), Long.BYTES);
        assertThat(wait.read(() -> "something", 1_000)).isEqualTo("something");
        wait.close(() -> {});
        assertThat(wait.read(() -> "something", 1_000)).isNull();
        Libc.close(fd);
    }

    /** As when a process has all the descriptors that it may have. */
    @Test
    void shouldGiveBackWhatItWasForWhenThereIsNoDescriptorToBeWokenBy() {
        AtomicInteger givenBack = new AtomicInteger();
        assertThatThrownBy(() -> FdWait.of(fd, () -> -1, givenBack::incrementAndGet))
                .isInstanceOf(VerbsException.class)
                .hasMessageContaining("eventfd on this process");
        assertThat(givenBack).hasValue(1);
        FdWait whole = FdWait.of(fd, givenBack::incrementAndGet);
        whole.close(() -> Libc.close(fd));
        assertThat(givenBack).hasValue(1);
    }
}
