package io.openib.wireup;

import io.openib.verbs.Mtu;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one side effectively runs with, as it tells its peers. Nothing is guessed: what must be the same is compared, what
 * can be agreed on is agreed on.
 *
 * @param version of the transport's own wire format; must be the same
 * @param receiveQueues the specification, written out; must be the same
 * @param mtu the path MTU at most; the lesser counts
 * @param sizes limits by parameter name, such as {@code btl_openib_max_send_size}; the lesser is agreed, and a side that does
 *     not name one sets no limit
 */
public record EffectiveConfiguration(int version, String receiveQueues, Mtu mtu, SortedMap<String, Long> sizes) {
    /** Sizes at most. */
    public static final int MAX_SIZES = 16;

    /** Characters of a size's name at most, printable ASCII. */
    public static final int MAX_NAME = 64;

    /** Characters of the receive queue specification at most, printable ASCII. */
    public static final int MAX_RECEIVE_QUEUES = 1024;

    /**
     * Copies the sizes.
     *
     * @throws IllegalArgumentException if something is longer than the wire takes
     */
    public EffectiveConfiguration {
        sizes = Collections.unmodifiableSortedMap(new TreeMap<>(sizes));
        checkText(receiveQueues, MAX_RECEIVE_QUEUES);
        sizes.keySet().forEach(name -> checkText(name, MAX_NAME));
        if (sizes.size() > MAX_SIZES) {
            throw new IllegalArgumentException(sizes.size() + " sizes are more than " + MAX_SIZES);
        }
    }

    /** Without the sizes' order having to be made by the caller. */
    public static EffectiveConfiguration of(int version, String receiveQueues, Mtu mtu, Map<String, Long> sizes) {
        return new EffectiveConfiguration(version, receiveQueues, mtu, new TreeMap<>(sizes));
    }

    private static void checkText(String text, int most) {
        if (text.length() > most || !text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new IllegalArgumentException("not up to " + most + " printable characters: " + text);
        }
    }

    /** Eight bytes that are equal, as far as chance allows, exactly when two configurations are. */
    public long digest() {
        StringBuilder text = new StringBuilder();
        text.append(version).append('\n').append(receiveQueues).append('\n').append(mtu.bytes());
        sizes.forEach(
                (name, value) -> text.append('\n').append(name).append('=').append(value));
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return ByteBuffer.wrap(sha.digest(text.toString().getBytes(StandardCharsets.US_ASCII)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /**
     * What keeps two sides apart, in words.
     *
     * @param other the peer's
     * @return a clause for each, {@code btl_openib_receive_queues is P,... here and S,... there}; empty if they fit
     */
    public List<String> differences(EffectiveConfiguration other) {
        List<String> found = new ArrayList<>();
        if (version != other.version) {
            found.add("the wire format is version " + version + " here and " + other.version
                    + " there (run the same release in all ranks)");
        }
        if (!receiveQueues.equals(other.receiveQueues)) {
            found.add("btl_openib_receive_queues is " + receiveQueues + " here and " + other.receiveQueues
                    + " there (give all ranks the same)");
        }
        return found;
    }

    /**
     * What both run with once connected.
     *
     * @throws IllegalArgumentException if there are {@link #differences}
     */
    public EffectiveConfiguration agreeWith(EffectiveConfiguration other) {
        List<String> differences = differences(other);
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", differences));
        }
        SortedMap<String, Long> least = new TreeMap<>(sizes);
        other.sizes.forEach((name, value) -> least.merge(name, value, Math::min));
        return new EffectiveConfiguration(version, receiveQueues, Mtu.min(mtu, other.mtu), least);
    }
}
