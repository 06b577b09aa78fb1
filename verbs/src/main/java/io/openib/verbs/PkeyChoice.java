package io.openib.verbs;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Which row of a port's P_Key table queue pairs name. A full member of a partition reaches all of it, a limited one only the full
 * ones: between two limited ones every packet is dropped, and nobody is told. So a row with full membership comes first.
 */
public final class PkeyChoice {
    /** The bits that name a partition; no such bit is an empty row. */
    private static final int NUMBER = 0x7fff;

    private static final int FULL_MEMBER = 0x8000;

    private PkeyChoice() {}

    /** Whether a P_Key says that its holder reaches all of the partition. */
    public static boolean isFullMember(int key) {
        return (key & FULL_MEMBER) != 0;
    }

    /**
     * The first row with full membership in a partition, else the first with any.
     *
     * @param wanted the partition, of which 15 bits count. 0 for that of the first row that is not empty, which the ports of a fabric
     *     mostly share, where the port is a full member of it; else the first that it is a full member of
     * @return empty if the table has no such row
     * @throws VerbsException if the table cannot be read
     */
    public static OptionalInt row(Device device, int port, int wanted) {
        int[] keys = IntStream.range(0, device.queryPort(port).pkeyTableLength())
                .map(row -> device.queryPkey(port, row))
                .toArray();
        int partition = wanted == 0
                ? number(Arrays.stream(keys)
                        .filter(key -> number(key) != 0)
                        .findFirst()
                        .orElse(0))
                : number(wanted);
        IntPredicate isOfIt = key -> partition != 0 && number(key) == partition;
        IntPredicate isOfAny = key -> wanted == 0 && number(key) != 0;
        return Stream.of(isOfIt.and(PkeyChoice::isFullMember), isOfAny.and(PkeyChoice::isFullMember), isOfIt)
                .map(isGood -> first(keys, isGood))
                .filter(OptionalInt::isPresent)
                .findFirst()
                .orElse(OptionalInt.empty());
    }

    /** Whether a P_Key is of the partition of the port's first row that is not empty, whatever its membership. */
    public static boolean isOfTheFirst(Device device, int port, int key) {
        return number(key) == firstNumber(table(device, port));
    }

    private static int[] table(Device device, int port) {
        return IntStream.range(0, device.queryPort(port).pkeyTableLength())
                .map(row -> device.queryPkey(port, row))
                .toArray();
    }

    private static int firstNumber(int[] keys) {
        return Arrays.stream(keys)
                .map(PkeyChoice::number)
                .filter(number -> number != 0)
                .findFirst()
                .orElse(0);
    }

    private static int number(int key) {
        return key & NUMBER;
    }

    private static OptionalInt first(int[] keys, IntPredicate isGood) {
        return IntStream.range(0, keys.length)
                .filter(row -> isGood.test(keys[row]))
                .findFirst();
    }
}
