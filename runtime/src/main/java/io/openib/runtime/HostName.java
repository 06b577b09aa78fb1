package io.openib.runtime;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of this host, by the kernel's word where there is one: a name service may be slow. */
final class HostName {

    private static final Path OF_THE_KERNEL = Path.of("/proc/sys/kernel/hostname");

    private HostName() {}

    static String local() {
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
