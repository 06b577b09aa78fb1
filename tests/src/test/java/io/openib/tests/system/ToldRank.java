package io.openib.tests.system;

import io.openib.btl.Btl;
import io.openib.btl.BtlFramework;
import io.openib.btl.Idle;
import io.openib.mca.McaParameters;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A rank that no launcher started: what a launcher would have put into its environment comes by its standard input. Rank 0
 * sends a word to rank 1.
 */
public final class ToldRank {
    private static final int TAG = 7;

    private static boolean isDone;

    private ToldRank() {}

    static List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                Openib.HOME.resolve("cli/target/openib.jar") + ":" + Openib.TEST_CLASSES,
                ToldRank.class.getName());
    }

    static void tell(OutputStream rank, Map<String, String> environment) throws IOException {
        Properties told = new Properties();
        told.putAll(environment);
        told.store(rank, null);
    }

    /** A rank's main. */
    public static void main(String[] arguments) throws IOException {
        Properties told = new Properties();
        told.load(System.in);
        Map<String, String> environment = new TreeMap<>();
        told.stringPropertyNames().forEach(name -> environment.put(name, told.getProperty(name)));
        try (Btl btl = BtlFramework.load(McaParameters.fromProcess()).open(environment)) {
            exchange(btl);
        }
    }

    private static void exchange(Btl btl) {
        btl.onError(error -> {
            System.out.println(error.reason());
            isDone = true;
        });
        btl.registerReceive(TAG, (peer, tag, data, offset, length) -> {
            byte[] word = new byte[length];
            data.get(offset, word);
            System.out.println(
                    "rank " + btl.rank() + " of " + btl.size() + " got " + new String(word, StandardCharsets.UTF_8));
            isDone = true;
        });
        if (btl.rank() == 0) {
            byte[] word = "hello".getBytes(StandardCharsets.UTF_8);
            ByteBuffer data = ByteBuffer.allocateDirect(word.length).put(word);
            btl.send(1, TAG, data, 0, word.length, (cookie, status) -> isDone = true, 0);
        }
        Idle idle = Idle.backOff();
        while (!isDone) {
            idle.idle(btl.progress());
        }
    }
}
