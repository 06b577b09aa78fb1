package io.openib.wireup;

import org.jspecify.annotations.Nullable;

/**
 * The ports that a scheme's parameter names, a port or a range such as 5000-5100, to be tried in order. Immutable.
 *
 * @param first 0 lets the system choose
 * @param last at least {@code first}
 */
public record PortRange(int first, int last) {
    private static final int HIGHEST = 65_535;

    /** Says what is wrong with a text, as the end of a sentence; null if it is a range. */
    public static @Nullable String problem(String text) {
        return read(text) == null ? "is neither a port, 0 to 65535, nor a range such as 5000-5100" : null;
    }

    /**
     * Reads what has no {@linkplain #problem(String) problem}.
     *
     * @throws IllegalArgumentException if it has one
     */
    public static PortRange parse(String text) {
        PortRange range = read(text);
        if (range == null) {
            throw new IllegalArgumentException(text + " is no range of ports");
        }
        return range;
    }

    private static @Nullable PortRange read(String text) {
        String[] ends = text.strip().split("-", -1);
        if (ends.length > 2 || !isPort(ends[0].strip()) || !isPort(ends[ends.length - 1].strip())) {
            return null;
        }
        int first = Integer.parseInt(ends[0].strip());
        int last = Integer.parseInt(ends[ends.length - 1].strip());
        boolean isRange = ends.length == 1 || (first > 0 && first <= last);
        return isRange ? new PortRange(first, last) : null;
    }

    private static boolean isPort(String text) {
        return text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= HIGHEST;
    }

    /** As the parameter has it. */
    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
