package io.openib.cli.programs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes on the command line: {@code 8}, {@code 64K}, {@code 4M}. */
final class ByteSize implements ITypeConverter<Integer> {
    private static final int MAX_BYTES = 1 << 30;

    @Override
    public Integer convert(String text) {
        String number = text.toUpperCase(Locale.ROOT);
        int shift = number.endsWith("K") ? 10 : number.endsWith("M") ? 20 : 0;
        try {
            long units = Long.parseLong(shift == 0 ? number : number.substring(0, number.length() - 1));
            if (units >= 1 && units <= MAX_BYTES >> shift) {
                return (int) (units << shift);
            }
        } catch (NumberFormatException e) {
            // Told below, as a number out of range is.
        }
        throw new TypeConversionException("'" + text + "' is no size: give 1 to 1024M bytes, such as 8, 64K or 4M");
    }

    /** The shortest text that gives so many bytes. */
    static String text(int bytes) {
        int zeros = Integer.numberOfTrailingZeros(bytes);
        return zeros >= 20 ? (bytes >> 20) + "M" : zeros >= 10 ? (bytes >> 10) + "K" : Integer.toString(bytes);
    }

    /** The powers of two from 1 to a largest size. */
    static List<Integer> powersOfTwoTo(int largest) {
        List<Integer> sizes = new ArrayList<>();
        for (int size = 1; size <= largest; size *= 2) {
            sizes.add(size);
        }
        return sizes;
    }
}
