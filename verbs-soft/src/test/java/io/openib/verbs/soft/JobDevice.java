package io.openib.verbs.soft;

import io.openib.verbs.Device;
import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.PortAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The software device with a job's folder of its own. */
public final class JobDevice implements DeviceUnderTest {
    private static final String PROPERTY = "openib.soft.test.job";

    private final String job;

    /** In the peer process. */
    public JobDevice() {
        this(System.getProperty(PROPERTY, ""));
    }

    JobDevice(String job) {
        this.job = job;
    }

    Path folder() {
        return Path.of("/dev/shm", ArenaHome.userFolder(), job);
    }

    /** The folder of the arena of a process that is in the job. */
    Path arena(PortAddress process) {
        return folder().resolve(String.format("a-%014x", process.gidPrefix() & 0xff_ffff_ffff_ffffL));
    }

    @Override
    public Device open() {
        return SoftDevices.open(Map.of("soft_job", job));
    }

    @Override
    public List<String> peerJvmOptions() {
        return List.of("-D" + PROPERTY + "=" + job);
    }
}
