package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Availability;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.HotCallsComponent;
import io.openib.verbs.jna.calls.OpsPointers;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** Names of the hot calls that were made. */
    private final List<String> calls = new ArrayList<>();

    @BeforeEach
    void makeSysfs() throws IOException {
        FakeIbverbs.describe(folder);
    }

    private JnaDevice open(FakeIbverbs fake) {
        return DeviceOpening.open(
                fake.library(), new ToldCalls(calls), FakeIbverbs.DEVICE, (check, evidence) -> {}, folder);
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

    private void assertPollsLockedWhileResized(FakeIbverbs fake) {
        try (JnaDevice device = open(fake);
                CompletionQueue cq = device.createCompletionQueue(FEW, null);
                CompletionQueue other = device.createCompletionQueue(FEW, null)) {
            WorkCompletions batch = cq.newCompletions(FEW);
            fake.onResize = () -> {
                assertThat(cq.poll(batch)).isEqualTo(FEW);
                assertThat(other.poll(batch)).isEqualTo(FEW);
            };
            cq.poll(batch);
            try {
                cq.resize(MORE);
            } catch (VerbsException e) {
                assertThat(e.errno()).isEqualTo(fake.resizeResult);
            }
            cq.poll(batch);
            assertThat(fake.resized).isEqualTo(1);
            assertThat(calls).containsExactly("pollCq", "pollLockedCq", "pollCq", "pollCq");
        }
    }

    @Test
    void shouldPollByTheCallThatMayWaitWhileItIsResizedAndThenOnly() {
        try (FakeIbverbs fake = new FakeIbverbs()) {
            assertPollsLockedWhileResized(fake);
        }
    }

    @Test
    void shouldPollAsBeforeAfterARefusal() {
        try (FakeIbverbs fake = new FakeIbverbs()) {
            fake.resizeResult = Errno.ENOMEM;
            assertPollsLockedWhileResized(fake);
        }
    }

    /**
     * Calls that only tell their names; a poll finds a full batch.
     *
     * @param told gets the names
     */
    private record ToldCalls(List<String> told) implements HotCallsComponent {
        @Override
        public String name() {
            return "told";
        }

        @Override
        public int spiVersion() {
            return SPI_VERSION;
        }

        @Override
        public Availability availability() {
            return Availability.usable();
        }

        @Override
        public HotCalls bind(OpsPointers pointers) {
            return (HotCalls) Proxy.newProxyInstance(
                    HotCalls.class.getClassLoader(), new Class<?>[] {HotCalls.class}, (proxy, method, arguments) -> {
                        told.add(method.getName());
                        return arguments[1];
                    });
        }
    }
}
