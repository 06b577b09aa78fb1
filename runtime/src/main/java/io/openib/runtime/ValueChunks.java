package io.openib.runtime;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of any number as a row of short words. Chunk 0 begins with
 * {@code 1-<bytes>-<chunks>-<CRC-32 in hex>-}; what follows, continued in the other chunks, is the value in the URL
 * alphabet of Base64 without padding.
 */
final class ValueChunks {

    private static final Pattern HEAD = Pattern.compile("1-(\\d{1,8})-(\\d{1,8})-([0-9a-f]{8})-([A-Za-z0-9_-]*)");
    /** The longest head, so that a chunk 0 which holds more than a head is always longer. */
    static final int MAX_HEAD_LENGTH = "1-12345678-12345678-12345678-".length();

    private ValueChunks() {}

    /** Cuts a value into chunks of at most {@code maxLength} characters. */
    static List<String> encode(byte[] value, int maxLength) {
        if (maxLength <= MAX_HEAD_LENGTH) {
            throw new IllegalArgumentException("chunks of " + maxLength + " characters are too short");
        }
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(value);
        int firstLength = Math.min(text.length(), maxLength - MAX_HEAD_LENGTH);
        List<String> rest = new ArrayList<>();
        for (int at = firstLength; at < text.length(); at += maxLength) {
            rest.add(text.substring(at, Math.min(text.length(), at + maxLength)));
        }
        List<String> chunks = new ArrayList<>(rest.size() + 1);
        chunks.add("1-" + value.length + "-" + (rest.size() + 1) + "-" + crcOf(value) + "-"
                + text.substring(0, firstLength));
        chunks.addAll(rest);
        return chunks;
    }

    /** Puts a value together again; {@code chunkAt} finds the chunks after the first, null where there is none. */
    static byte[] decode(String first, IntFunction<@Nullable String> chunkAt) throws PmiFormatException {
        Matcher head = HEAD.matcher(first);
        if (!head.matches() || Integer.parseInt(head.group(1)) > JobRuntime.MAX_VALUE_BYTES) {
            throw new PmiFormatException("it does not begin as a value of ours");
        }
        StringBuilder text = new StringBuilder(head.group(4));
        int chunks = Integer.parseInt(head.group(2));
        long maxText = 4L * (Integer.parseInt(head.group(1)) / 3 + 1);
        for (int i = 1; i < chunks; i++) {
            String chunk = chunkAt.apply(i);
            if (chunk == null || chunk.isEmpty() || text.length() + chunk.length() > maxText) {
                throw new PmiFormatException("chunk " + i + " of " + chunks + " is missing or too long");
            }
            text.append(chunk);
        }
        return checked(text.toString(), Integer.parseInt(head.group(1)), head.group(3));
    }

    private static byte[] checked(String text, int lengthBytes, String crc) throws PmiFormatException {
        byte[] value;
        try {
            value = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new PmiFormatException("it is not Base64");
        }
        if (value.length != lengthBytes || !crcOf(value).equals(crc)) {
            throw new PmiFormatException("its length or checksum does not fit");
        }
        return value;
    }

    private static String crcOf(byte[] value) {
        CRC32 crc = new CRC32();
        crc.update(value);
        return String.format("%08x", crc.getValue());
    }
}
