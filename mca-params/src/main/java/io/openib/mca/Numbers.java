package io.openib.mca;

import java.math.BigInteger;
import java.util.Locale;

/** Integers as Open MPI writes them (decimal, 0x, leading 0 for octal; K, M, G), except that a bad one is refused. */
final class Numbers {
    private Numbers() {}

    static int parseInt(String text) throws BadValueException {
        return parse(text.strip(), Integer.MIN_VALUE, Integer.MAX_VALUE).intValue();
    }

    static long parseLong(String text) throws BadValueException {
        return parse(text.strip(), Long.MIN_VALUE, Long.MAX_VALUE).longValue();
    }

    static double parseDouble(String text) throws BadValueException {
        String stripped = text.strip();
        if (!stripped.matches("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?")) {
            throw BadValueException.malformed("is not a decimal number");
        }
        double value = Double.parseDouble(stripped);
        if (Double.isInfinite(value)) {
            throw BadValueException.outOfRange("is too large");
        }
        return value;
    }

    private static BigInteger parse(String text, long min, long max) throws BadValueException {
        BigInteger value = parseScaled(text);
        if (value.compareTo(BigInteger.valueOf(min)) < 0 || value.compareTo(BigInteger.valueOf(max)) > 0) {
            throw BadValueException.outOfRange("is beyond " + min + ".." + max);
        }
        return value;
    }

    private static BigInteger parseScaled(String text) throws BadValueException {
        int shift = text.isEmpty() ? 0 : shiftOf(text.charAt(text.length() - 1));
        String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
        return parseDigits(digits).shiftLeft(shift);
    }

    private static int shiftOf(char suffix) {
        return switch (suffix) {
            case 'k', 'K' -> 10;
            case 'm', 'M' -> 20;
            case 'g', 'G' -> 30;
            default -> 0;
        };
    }

    private static BigInteger parseDigits(String text) throws BadValueException {
        boolean isSigned = text.startsWith("-") || text.startsWith("+");
        String sign = text.startsWith("-") ? "-" : "";
        String unsigned = (isSigned ? text.substring(1) : text).toLowerCase(Locale.ROOT);
        if (unsigned.matches("0x[0-9a-f]+")) {
            return new BigInteger(sign + unsigned.substring(2), 16);
        }
        if (unsigned.matches("0[0-7]+")) {
            return new BigInteger(sign + unsigned, 8);
        }
        if (unsigned.matches("0|[1-9][0-9]*")) {
            return new BigInteger(sign + unsigned);
        }
        throw BadValueException.malformed(
                "is not a whole number (decimal, 0x for hexadecimal, leading 0 for octal; K, M or G may follow)");
    }
}
