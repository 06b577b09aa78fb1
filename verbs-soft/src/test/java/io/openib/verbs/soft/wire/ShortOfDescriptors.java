package io.openib.verbs.soft.wire;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own that uses up its file descriptors on demand, and tells how often its wire found none. */
final class ShortOfDescriptors {
    static final long ARENA = 0x33;

    private static final int FAILURES = 3;

    private ShortOfDescriptors() {}

    /** Told {@code fill} and {@code free}, a line each. */
    public static void main(String[] arguments) throws IOException {
        try (WireTalker talker = new WireTalker(ARENA, new byte[0], WireTimes.DEFAULT, 0);
                BufferedReader told = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println(talker.port());
            told.readLine();
            List<FileInputStream> held = fill();
            System.out.println("full");
            long firstNs = awaitFailures(talker, 1);
            System.out.println(awaitFailures(talker, FAILURES) - firstNs);
            told.readLine();
            for (FileInputStream file : held) {
                file.close();
            }
            told.readLine();
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

    private static long awaitFailures(WireTalker talker, int count) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WireTalker.WAIT_S);
        while (talker.acceptFailures() < count) {
            if (System.nanoTime() - endNs > 0) {
                throw new IllegalStateException(talker.acceptFailures() + " failures, not " + count);
            }
            Thread.onSpinWait();
        }
        return System.nanoTime();
    }
}
