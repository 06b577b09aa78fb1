package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.PeerArena;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** A process of its own that uses up its file descriptors while somebody waits at its door. */
final class DoorWithoutDescriptors {
    private static final int CALLERS = 32;
    private static final int ROUNDS = 1_000;

    private final AtomicLong rounds = new AtomicLong();
    private final AtomicLong heard = new AtomicLong();

    private DoorWithoutDescriptors() {}

    private static void call(SocketChannel caller, UnixDomainSocketAddress door, int cell) throws IOException {
        caller.connect(door);
        caller.write(ByteBuffer.allocate(Long.BYTES).putLong(0, Doorbell.message(Doorbell.COMPLETION, cell)));
    }

    /** The argument is a folder for the arena. */
    public static void main(String[] arguments) throws IOException {
        new DoorWithoutDescriptors().run(Path.of(arguments[0]));
    }

    private void run(Path folder) throws IOException {
        ArenaHome home = ArenaHome.open(Files.createDirectories(folder.resolve("main")), folder, "");
        try (OwnArena owner = OwnArena.create(OwnArena.newId(), home, message -> {});
                DeviceThread thread = new DeviceThread(owner.folder(), heard::set)) {
            UnixDomainSocketAddress door = UnixDomainSocketAddress.of(Doorbell.socket(owner.folder()));
            List<SocketChannel> callers = new ArrayList<>();
            // A virtual machine may close a few descriptors of its own meanwhile, which the first ones take.
            for (int i = 0; i < CALLERS; i++) {
                callers.add(SocketChannel.open(StandardProtocolFamily.UNIX));
            }
            thread.start(counting());
            // All that is needed has to be loaded while there are descriptors to load it by.
            call(callers.get(0), door, 1);
            goOn(thread);
            List<FileInputStream> held = fill();
            for (int i = 1; i < CALLERS; i++) {
                call(callers.get(i), door, i + 1);
            }
            rounds.set(0);
            goOn(thread);
            System.out.println("went on");
            for (FileInputStream file : held) {
                file.close();
            }
            await(() -> Doorbell.number(heard.get()) == CALLERS);
            System.out.println("took it at last");
        }
    }

    private DeviceThread.Attendant counting() {
        return new DeviceThread.Attendant() {
            @Override
            public void onDisconnected(PeerArena peer) {}

            @Override
            public long run() {
                rounds.incrementAndGet();
                return Long.MAX_VALUE;
            }
        };
    }

    /** Longer than a pause, so that it has tried again. */
    private void goOn(DeviceThread thread) {
        long pauseEndNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(250);
        await(() -> {
            thread.wakeUp();
            return rounds.get() > ROUNDS && System.nanoTime() - pauseEndNs > 0;
        });
    }

    private static void await(BooleanSupplier condition) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - endNs > 0) {
                throw new IllegalStateException("it does not come");
            }
            Thread.yield();
        }
    }

    private static List<FileInputStream> fill() {
        List<FileInputStream> held = new ArrayList<>();
        try {
            while (true) {
                held.add(new FileInputStream("/dev/null"));
            }
        } catch (IOException e) {
            return held;
        }
    }
}
