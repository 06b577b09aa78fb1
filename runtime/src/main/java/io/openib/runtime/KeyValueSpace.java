package io.openib.runtime;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the ranks have put; bounded. Owned by the server's thread. */
final class KeyValueSpace {

    static final int MAX_KEY_LENGTH = 64;
    static final int MAX_VALUE_LENGTH = 1_024;

    private static final long MAX_TOTAL_BYTES = 1L << 28;
    private static final int OVERHEAD_BYTES = 128;
    private static final String RESERVED_PREFIX = "PMI_";

    private final Map<String, String> values = new HashMap<>();
    private long totalBytes;

    /** Where a mapping is too long for the wire, the ranks are told nothing, which means unknown. */
    KeyValueSpace(int[] nodeOfRank) {
        String mapping = ProcessMapping.of(nodeOfRank);
        if (mapping.length() < MAX_VALUE_LENGTH) {
            values.put(ProcessMapping.KEY, mapping);
        }
    }

    /** Takes a value, or returns in one word why not. */
    @Nullable
    String put(@Nullable String key, @Nullable String value) {
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
        if (values.putIfAbsent(key, value) != null) {
            return "duplicate_key_" + key;
        }
        totalBytes += bytes;
        return null;
    }

    @Nullable
    String get(@Nullable String key) {
        return key == null ? null : values.get(key);
    }
}
