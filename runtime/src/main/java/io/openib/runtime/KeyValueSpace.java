package io.openib.runtime;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the ranks have put; bounded, for each and for all together. Owned by the server's thread. */
final class KeyValueSpace {

    static final int MAX_KEY_LENGTH = 64;
    static final int MAX_VALUE_LENGTH = 1_024;

    private static final long MAX_TOTAL_BYTES = 1L << 28;
    /** So that no rank takes the room of all. The largest value that a rank may put, and what the wire adds, fit in. */
    private static final long MAX_RANK_BYTES = 1L << 25;

    private static final int OVERHEAD_BYTES = 128;
    private static final String RESERVED_PREFIX = "PMI_";

    private final Map<String, String> values = new HashMap<>();
    private final long[] bytesOfRank;
    private long totalBytes;

    /** Where a mapping is too long for the wire, the ranks are told nothing, which means unknown. */
    KeyValueSpace(int[] nodeOfRank) {
        bytesOfRank = new long[nodeOfRank.length];
        String mapping = ProcessMapping.of(nodeOfRank);
        if (mapping.length() < MAX_VALUE_LENGTH) {
            values.put(ProcessMapping.KEY, mapping);
        }
    }

    /** Takes a value of a rank's, or returns in one word why not. */
    @Nullable
    String put(int rank, @Nullable String key, @Nullable String value) {
        if (key == null || key.isEmpty() || value == null) {
            return "key_and_value_needed";
        }
        if (key.length() >= MAX_KEY_LENGTH || value.length() >= MAX_VALUE_LENGTH) {
            return "key_or_value_too_long";
        }
        if (key.startsWith(RESERVED_PREFIX)) {
            return "keys_with_PMI__are_reserved";
        }
        int bytes = key.length() + value.length() + OVERHEAD_BYTES;
        if (totalBytes + bytes > MAX_TOTAL_BYTES) {
            return "no_room_for_more_values";
        }
        if (bytesOfRank[rank] + bytes > MAX_RANK_BYTES) {
            return "no_room_for_more_values_of_rank_" + rank;
        }
        if (values.putIfAbsent(key, value) != null) {
            return "duplicate_key_" + key;
        }
        totalBytes += bytes;
        bytesOfRank[rank] += bytes;
        return null;
    }

    @Nullable
    String get(@Nullable String key) {
        return key == null ? null : values.get(key);
    }
}
