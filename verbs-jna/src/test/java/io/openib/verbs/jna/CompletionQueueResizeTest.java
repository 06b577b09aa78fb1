package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Completion queues of a device that is not there: what its library is asked for, and what not. */
@Timeout(60)
class CompletionQueueResizeTest {
    private static final int FEW = 8;
    private static final int MORE = 64;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    @BeforeEach
    void makeSysfs() throws IOException {
        FakeIbverbs.describe(folder);
    }

    private JnaDevice open(FakeIbverbs fake) {
        return DeviceOpening.open(fake.library(), new JnaCalls(), FakeIbverbs.DEVICE, (check, evidence) -> {}, folder);
    }

    /** Has the hot calls lie in a file of that name. */
    private void provideBy(String file, FakeIbverbs fake) throws IOException {
        Path some = Path.of(SharedLibrary.open("libm.so.6").file("cos"));
        Path provider = Files.copy(some, folder.resolve(file));
        fake.putHotCalls(SharedLibrary.open(provider.toString()).symbol("cos"));
    }

    private void assertResizes(FakeIbverbs fake) {
        try (JnaDevice device = open(fake);
                CompletionQueue cq = device.createCompletionQueue(FEW, null)) {
            cq.resize(MORE);
            assertThat(fake.resized).isEqualTo(1);
            assertThat(cq.cqe()).isEqualTo(MORE);
        }
    }

    @Test
    void shouldAskTheLibrary() throws IOException {
        try (FakeIbverbs fake = new FakeIbverbs()) {
            assertResizes(fake);
        }
        try (FakeIbverbs fake = new FakeIbverbs()) {
            provideBy("libmlx5-rdmav34.so", fake);
            assertResizes(fake);
        }
    }

    /** It would free the queue where the kernel refuses. */
    @Test
    void shouldNotAskTheLibraryOfBnxt() throws IOException {
        try (FakeIbverbs fake = new FakeIbverbs()) {
            provideBy("libbnxt_re-rdmav34.so", fake);
            try (JnaDevice device = open(fake);
                    CompletionQueue cq = device.createCompletionQueue(FEW, null)) {
                assertThatThrownBy(() -> cq.resize(MORE))
                        .isInstanceOfSatisfying(VerbsException.class, told -> assertThat(Errno.name(told.errno()))
                                .isEqualTo("EOPNOTSUPP"))
                        .hasMessageContaining("ibv_resize_cq on fake0 cq: EOPNOTSUPP, the device does not have this");
                assertThatThrownBy(() -> cq.resize(0)).hasMessageContaining("EINVAL");
                assertThat(fake.resized).as("calls of ibv_resize_cq").isZero();
                assertThat(cq.cqe()).isEqualTo(FEW);
            }
        }
    }
}
