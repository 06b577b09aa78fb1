package io.openib.runtime;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of this host for messages and the modex, by the kernel's word where there is one: a name service may be slow. */
public final class HostName {

    private static final Path OF_THE_KERNEL = Path.of("/proc/sys/kernel/hostname");

    private HostName() {}

    /** The name, or {@code localhost} where there is none. Reads a file; any thread. */
    public static String local() {
        try {
            String name = Files.readString(OF_THE_KERNEL).strip();
            if (!name.isEmpty()) {
                return name;
            }
        } catch (IOException e) {
            // Not Linux, or /proc is not mounted: ask the resolver.
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "localhost";
        }
    }
}
