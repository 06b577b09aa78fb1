package io.openib.verbs.soft;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.PeerArena;
import java.nio.file.Files;
import java.nio.file.Path;
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
