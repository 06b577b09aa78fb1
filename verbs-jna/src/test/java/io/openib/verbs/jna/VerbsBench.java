package io.openib.verbs.jna;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The figures of perftest by this provider, two threads as its two processes: reads lines like {@code send_lat 8 5000}
 * (what, bytes, iterations) and answers each with its figure, us for {@code send_lat} and {@code write_lat}, MB/s for
 * {@code send_bw} and {@code write_bw}, and the bytes that the measuring thread allocated meanwhile. Between two lines it
 * waits without a processor, so that perftest can be run by turns with it.
 */
final class VerbsBench {
    private static final int WARM_UP_PASSES = 3;

    private VerbsBench() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        JnaVerbsProvider provider = new JnaVerbsProvider();
        Set<String> warm = new HashSet<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", -1);
                int bytes = Integer.parseInt(words[1]);
                int iterations = Integer.parseInt(words[2]);
                try (BenchSide a = new BenchSide(provider, bytes);
                        BenchSide b = new BenchSide(provider, bytes)) {
                    a.connect(b);
                    b.connect(a);
                    if (warm.add(words[0])) {
                        for (int i = 0; i < WARM_UP_PASSES; i++) {
                            run(words[0], a, b, iterations);
                        }
                    }
                    BenchFigure figure = run(words[0], a, b, iterations);
                    System.out.printf(Locale.ROOT, "%.2f %d%n", figure.value(), figure.allocatedBytes());
                    System.out.flush();
                }
            }
        }
    }

    private static BenchFigure run(String what, BenchSide a, BenchSide b, int iterations) throws InterruptedException {
        return switch (what) {
            case "send_lat" -> new BenchLatency(a, b, iterations, false).run();
            case "write_lat" -> new BenchLatency(a, b, iterations, true).run();
            case "send_bw" -> new BenchBandwidth(a, b, iterations, false).run();
            case "write_bw" -> new BenchBandwidth(a, b, iterations, true).run();
            default -> throw new IllegalArgumentException(what + " is none of send_lat, write_lat, send_bw, write_bw");
        };
    }
}
