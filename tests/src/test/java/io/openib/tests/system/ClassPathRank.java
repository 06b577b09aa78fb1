package io.openib.tests.system;

import io.netty.util.concurrent.Future;
import org.slf4j.LoggerFactory;

/** A program that says whose classes it runs with. */
final class ClassPathRank {
    private ClassPathRank() {}

    public static void main(String[] arguments) {
        System.out.println(Future.class.getProtectionDomain().getCodeSource().getLocation());
        System.out.println(LoggerFactory.getLogger("test").getClass().getName());
    }
}
