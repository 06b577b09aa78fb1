package io.openib.verbs.jna.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code /etc/ld.so.cache}: from names of libraries to files, as {@code ldconfig} found them.
 *
 * <pre>
 *  0 "glibc-ld.so.cache1.1"   20 entries(4) ...   48 first entry: flags(4) name(4) file(4) osversion(4) hwcap(8)
 * </pre>
 *
 * Names and files are offsets of texts that end with a zero byte, from the beginning of that magic. An older linker's table
 * may stand before it.
 */
final class LinkerCache {
    private static final byte[] MAGIC = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
    private static final int ENTRIES = 20;
    private static final int FIRST_ENTRY = 48;
    private static final int ENTRY_BYTES = 24;
    /** {@code PATH_MAX}; what is longer is damaged, and not kept. */
    private static final int MOST_TEXT = 4096;

    private final Map<String, List<String>> files = new HashMap<>();

    private LinkerCache(ByteBuffer table) {
        int entries = Math.min(Math.max(table.getInt(ENTRIES), 0), (table.limit() - FIRST_ENTRY) / ENTRY_BYTES);
        for (int i = 0; i < entries; i++) {
            int entry = FIRST_ENTRY + i * ENTRY_BYTES;
            String name = text(table, table.getInt(entry + 4));
            files.computeIfAbsent(name, absent -> new ArrayList<>(1)).add(text(table, table.getInt(entry + 8)));
        }
    }

    /** One that knows nothing, if there is none or it is of another kind. */
    static LinkerCache read(Path file) {
        try {
            return of(Files.readAllBytes(file));
        } catch (IOException e) {
            return of(new byte[0]);
        }
    }

    static LinkerCache of(byte[] content) {
        for (int at = 0; at + FIRST_ENTRY <= content.length; at += Integer.BYTES) {
            if (Arrays.equals(content, at, at + MAGIC.length, MAGIC, 0, MAGIC.length)) {
                ByteBuffer table = ByteBuffer.wrap(content, at, content.length - at);
                return new LinkerCache(table.slice().order(ByteOrder.nativeOrder()));
            }
        }
        return new LinkerCache(ByteBuffer.allocate(FIRST_ENTRY).order(ByteOrder.nativeOrder()));
    }

    /** In the cache's order, the best for this processor first. */
    List<Path> files(String name) {
        return files.getOrDefault(name, List.of()).stream().map(Path::of).toList();
    }

    private static String text(ByteBuffer table, int from) {
        if (from < 0 || from >= table.limit()) {
            return "";
        }
        int most = Math.min(table.limit() - from, MOST_TEXT) + from;
        int end = from;
        while (end < most && table.get(end) != 0) {
            end++;
        }
        return end == most
                ? ""
                : new String(table.array(), table.arrayOffset() + from, end - from, StandardCharsets.UTF_8);
    }
}
