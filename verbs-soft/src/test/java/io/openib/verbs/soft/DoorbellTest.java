package io.openib.verbs.soft;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.PeerArena;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Wake-ups of a process that does not look for a while. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DoorbellTest {
    private static final int MORE_THAN_A_SOCKET_HOLDS = 5_000;
    private static final int MORE_THAN_A_DOOR_HOLDS = 200;

    @Test
    void shouldRingForEachQueueHoweverOftenItWasRungBefore(@TempDir Path folder) throws Exception {
        ArenaHome home = ArenaHome.open(Files.createDirectories(folder.resolve("main")), folder, "");
        CountDownLatch isAway = new CountDownLatch(1);
        CountDownLatch isBack = new CountDownLatch(1);
        Set<Integer> heard = ConcurrentHashMap.newKeySet();
        AtomicBoolean isWatching = new AtomicBoolean();
        try (OwnArena owner = OwnArena.create(OwnArena.newId(), home, message -> {});
                OwnArena sender = OwnArena.create(OwnArena.newId(), home, message -> {});
                DeviceThread thread = new DeviceThread(owner.folder(), message -> {
                    isAway.countDown();
                    hear(message, isBack, heard);
                })) {
            thread.start(DeviceThread.Attendant.NONE);
            PeerArena view = requireNonNull(PeerArena.open(sender, owner.id(), peer -> isWatching.set(true)));
            view.ring(Doorbell.message(Doorbell.COMPLETION, 1));
            assertThat(isAway.await(20, TimeUnit.SECONDS))
                    .as("takes nothing from its socket for a while")
                    .isTrue();
            for (int ring = 0; ring < MORE_THAN_A_SOCKET_HOLDS; ring++) {
                view.ring(Doorbell.message(Doorbell.COMPLETION, 1));
            }
            view.ring(Doorbell.message(Doorbell.COMPLETION, 2));
            assertThat(isWatching).as("somebody is asked to ring again").isTrue();
            assertThat(view.ringAgain()).isFalse();
            isBack.countDown();
            await(view::ringAgain);
            await(() -> heard.contains(2));
            view.close();
        }
    }

    /** As at a process that was stopped while many met it. */
    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldNotWaitForAPeerWhoseDoorIsFull(@TempDir Path folder) throws Exception {
        ArenaHome home = ArenaHome.open(Files.createDirectories(folder.resolve("main")), folder, "");
        List<SocketChannel> crowd = new ArrayList<>();
        try (OwnArena owner = OwnArena.create(OwnArena.newId(), home, message -> {});
                OwnArena sender = OwnArena.create(OwnArena.newId(), home, message -> {});
                DeviceThread thread = new DeviceThread(owner.folder(), message -> {})) {
            fill(Doorbell.socket(owner.folder()), crowd);
            PeerArena view = requireNonNull(PeerArena.open(sender, owner.id(), peer -> {}));

            assertThat(view.connect()).isNull();
            thread.start(DeviceThread.Attendant.NONE);
            await(() -> view.connect() != null);
            view.close();
        } finally {
            for (SocketChannel one : crowd) {
                one.close();
            }
        }
    }

    private static void fill(Path door, List<SocketChannel> crowd) throws IOException {
        while (crowd.size() < MORE_THAN_A_DOOR_HOLDS) {
            SocketChannel one = SocketChannel.open(StandardProtocolFamily.UNIX);
            crowd.add(one);
            one.configureBlocking(false);
            try {
                one.connect(UnixDomainSocketAddress.of(door));
            } catch (IOException full) {
                return;
            }
        }
        throw new IOException("the door takes more than " + MORE_THAN_A_DOOR_HOLDS);
    }

    /** In a process that may have few of them. */
    @Test
    void shouldGoOnWithItsWorkWhenDescriptorsAreShort(@TempDir Path folder) throws Exception {
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n 200; exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DoorWithoutDescriptors.class.getName(),
                        folder.toString())
                .start();
        try {
            assertThat(process.inputReader().lines()).contains("went on", "took it at last");
            assertThat(process.errorReader().lines().filter(line -> line.contains("ulimit -n")))
                    .hasSize(1);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static void await(BooleanSupplier condition) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean() && System.nanoTime() - endNs < 0) {
            Thread.yield();
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private static void hear(long message, CountDownLatch isBack, Set<Integer> heard) {
        try {
            isBack.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        heard.add(Doorbell.number(message));
    }
}
