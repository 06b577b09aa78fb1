package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In a folder as the kernel's. */
@Timeout(value = 10, unit = TimeUnit.SECONDS)
class KernelDevicesTest {
    private final Path folder;

    KernelDevicesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private void attach(String device, String node) throws IOException {
        Path there = Files.createDirectories(folder.resolve(device).resolve("device"));
        Files.writeString(there.resolve("numa_node"), node + "\n");
    }

    @Test
    void shouldTellTheNodeThatADeviceIsAttachedTo() throws IOException {
        attach("mlx5_0", "1");
        attach("mlx5_1", "-1");
        Files.createDirectories(folder.resolve("rxe0"));
        KernelDevices devices = new KernelDevices(folder);
        assertThat(devices.names()).containsExactly("mlx5_0", "mlx5_1", "rxe0");
        assertThat(devices.numaNode("mlx5_0")).isEqualTo(1);
        assertThat(devices.numaNode("mlx5_1")).as("a machine without nodes").isEqualTo(-1);
        assertThat(devices.numaNode("rxe0")).as("no hardware").isEqualTo(-1);
    }
}
