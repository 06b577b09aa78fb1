package io.openib.tests.system;

import io.netty.util.concurrent.Future;
import java.lang.management.ManagementFactory;
import org.slf4j.LoggerFactory;

/** A program that says whose classes it runs with. */
final class ClassPathRank {
    private ClassPathRank() {}

    public static void main(String[] arguments) {
        System.out.println(Future.class.getProtectionDomain().getCodeSource().getLocation());
        boolean isArchived = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .anyMatch(argument -> argument.startsWith("-XX:SharedArchiveFile="));
        System.out.println(isArchived ? "archived" : "not archived");
        System.out.println(LoggerFactory.getLogger("test").getClass().getName());
    }
}
