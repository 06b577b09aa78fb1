package io.openib.verbs;

import java.util.OptionalInt;

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
     * @param wanted the partition, of which 15 bits count; 0 for any
     * @return empty if the table has no such row
     * @throws VerbsException if the table cannot be read
     */
    public static OptionalInt row(Device device, int port, int wanted) {
        int number = wanted & NUMBER;
        OptionalInt limited = OptionalInt.empty();
        int rows = device.queryPort(port).pkeyTableLength();
        for (int row = 0; row < rows; row++) {
            int key = device.queryPkey(port, row);
            boolean isMember = (key & NUMBER) != 0 && (wanted == 0 || (key & NUMBER) == number);
            if (isMember && isFullMember(key)) {
                return OptionalInt.of(row);
            }
            limited = isMember && limited.isEmpty() ? OptionalInt.of(row) : limited;
        }
        return limited;
    }
}
