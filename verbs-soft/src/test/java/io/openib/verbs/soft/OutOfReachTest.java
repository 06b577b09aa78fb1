package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Device;
import io.openib.verbs.Gid;
import io.openib.verbs.VerbsException;
import io.openib.verbs.soft.arena.ArenaHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which peers a device knows to be out of reach: those of another /dev/shm, as in a container of its own, without a wire. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OutOfReachTest {
    private final String job = "job-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    private final Path folder = Path.of("/dev/shm", ArenaHome.userFolder(), job);
    private final Path peer = folder.resolve("a-00000000000007");

    private Device open(String wire) {
        return SoftDevices.open(Map.of("soft_job", job, "soft_wire", wire));
    }

    @AfterEach
    void removeTheJobsFolder() throws IOException {
        Files.deleteIfExists(peer);
        Files.deleteIfExists(folder);
    }

    @Test
    void shouldKnowWhoCannotBeReached() throws IOException {
        try (Device device = open("off")) {
            device.allocProtectionDomain().allocate(4096, Set.of()).close(); // which makes its folder
            Gid own = device.queryGid(1, 0).gid();
            assertThat(device.whyOutOfReach(1, own)).as("itself").isEmpty();
            assertThat(device.whyOutOfReach(1, new Gid(0xfe80_0000_0000_0000L, 1)))
                    .as("not of this kind")
                    .isEmpty();
            Gid elsewhere = new Gid(0xfd00_0000_0000_0007L, own.interfaceId());
            assertThat(device.whyOutOfReach(1, elsewhere))
                    .hasValueSatisfying(why -> assertThat(why).contains(folder.toString(), "soft_wire"));
            Gid onTheWire = new Gid(elsewhere.subnetPrefix(), elsewhere.interfaceId() | 0x4321L << 48);
            assertThat(device.whyOutOfReach(1, onTheWire)).isEmpty();
            Files.createDirectory(peer);
            assertThat(device.whyOutOfReach(1, elsewhere)).as("beside it").isEmpty();
            assertThatThrownBy(() -> device.whyOutOfReach(2, own)).isInstanceOf(VerbsException.class);
        }
    }

    /** It is the first row that programs take, and ranks of one host may share its network but no memory. */
    @Test
    void shouldListAnAddressFirstOnWhichItsWireListens() {
        try (Device device = open("loopback")) {
            Gid first = device.queryGid(1, 0).gid();
            assertThat(first.interfaceId() >>> 48).isNotZero();
            assertThat((int) first.interfaceId() >>> 24).isEqualTo(127);
        }
    }
}
