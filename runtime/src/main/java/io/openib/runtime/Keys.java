package io.openib.runtime;

import java.util.regex.Pattern;

/**
 * How keys go over the wire. Hydra sends a key on as the name of an attribute, where it allows letters, digits,
 * underscore, hyphen and slash alone; so a dot becomes a slash, the rank whose value it is stands before the key, and two
 * slashes part it from the number of a chunk.
 * A prefix keeps our keys apart from those that another PMI user in the same process puts.
 */
final class Keys {

    private static final String PREFIX = "openib/";
    private static final String CHUNK_MARK = "//";

    /** No name on the wire is longer: ranks have at most eight digits, chunks' numbers six. */
    static final int MAX_ON_WIRE = PREFIX.length() + 8 + 1 + JobRuntime.MAX_KEY_LENGTH + CHUNK_MARK.length() + 6;

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*");

    private Keys() {}

    /** Returns the key, or says why it is none. */
    static String checked(String key) {
        if (key.length() > JobRuntime.MAX_KEY_LENGTH || !LEGAL.matcher(key).matches()) {
            throw new IllegalArgumentException("'" + key + "' cannot be a key: use up to " + JobRuntime.MAX_KEY_LENGTH
                    + " of A-Z a-z 0-9 _ - in words parted by single dots");
        }
        return key;
    }

    /** The name under which a chunk of the key's value is put; chunk 0 is the head. */
    static String onWire(int rank, String key, int chunk) {
        String head = PREFIX + rank + "/" + key.replace('.', '/');
        return chunk == 0 ? head : head + CHUNK_MARK + chunk;
    }
}
