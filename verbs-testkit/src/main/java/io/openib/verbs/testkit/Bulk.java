package io.openib.verbs.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Big regions at both ends of a direction, and messages gathered from and scattered over parts of them. Parts follow each
 * other in memory with a gap of {@value #GAP} bytes.
 */
final class Bulk {
    private static final int LONGEST = 1 << 20;
    private static final int PARTS = 4;
    private static final int GAP = 3;
    private static final int ROOM = LONGEST + 4096;

    private final End source;
    private final End target;
    private final Region from;
    private final Region to;
    private int[] gatherCuts = {};
    private int[] scatterCuts = {};

    private Bulk(End source, End target) {
        this.source = source;
        this.target = target;
        from = source.side().allocate(ROOM, Wiring.ALL_ACCESS);
        to = target.side().allocate(ROOM, Wiring.ALL_ACCESS);
    }

    static List<Bulk> bothWays(VerbsFixture fx, Pair pair) {
        return List.of(new Bulk(pair.near(), pair.far()), new Bulk(pair.far(), pair.near()));
    }

    /** The edges, and some by chance up to 1 MiB. */
    static List<Integer> lengths(VerbsFixture fx) {
        List<Integer> lengths = new ArrayList<>(List.of(0, 1, 7, 8, 64, 1023, 1024, 1025, 4096, 65_537, LONGEST));
        for (int i = 0; i < 6; i++) {
            lengths.add(fx.random().nextInt(1 << fx.random().nextInt(21)));
        }
        return lengths;
    }

    End source() {
        return source;
    }

    End target() {
        return target;
    }

    /** Bytes for the next message, which the gather entries will be cut from. */
    byte[] fill(VerbsFixture fx, int length) {
        byte[] bytes = fx.bytes(length);
        gatherCuts = cuts(fx, length);
        source.side().write(from.handle(), 0, spread(bytes, gatherCuts));
        return bytes;
    }

    byte[] fillRemote(VerbsFixture fx, int offset, int length) {
        byte[] bytes = fx.bytes(length);
        gatherCuts = cuts(fx, length);
        target.side().write(to.handle(), offset, bytes);
        return bytes;
    }

    Sge[] gather(VerbsFixture fx, int length) {
        return parts(from, gatherCuts);
    }

    Sge[] scatter(VerbsFixture fx, int length) {
        scatterCuts = cuts(fx, length);
        return parts(to, scatterCuts);
    }

    Send toRemote(Send send, int offset) {
        return send.remote(to.address() + offset, to.rkey());
    }

    /** What the scatter entries hold. */
    byte[] found(int length) {
        return join(target.side().read(to.handle(), 0, length + GAP * PARTS), scatterCuts);
    }

    byte[] foundAt(int offset, int length) {
        return target.side().read(to.handle(), offset, length);
    }

    /** What the gather entries hold, of a read. */
    byte[] gathered(int length) {
        return join(source.side().read(from.handle(), 0, length + GAP * PARTS), gatherCuts);
    }

    /** Lengths of one to four parts. */
    private static int[] cuts(VerbsFixture fx, int length) {
        int[] cuts = new int[1 + fx.random().nextInt(PARTS)];
        int left = length;
        for (int i = 0; i < cuts.length - 1; i++) {
            cuts[i] = fx.random().nextInt(left + 1);
            left -= cuts[i];
        }
        cuts[cuts.length - 1] = left;
        return cuts;
    }

    private static Sge[] parts(Region region, int[] cuts) {
        Sge[] sges = new Sge[cuts.length];
        int offset = 0;
        for (int i = 0; i < cuts.length; i++) {
            sges[i] = region.part(offset, cuts[i]);
            offset += cuts[i] + GAP;
        }
        return sges;
    }

    private static byte[] spread(byte[] bytes, int[] cuts) {
        byte[] spread = new byte[bytes.length + GAP * cuts.length];
        int offset = 0;
        for (int i = 0; i < cuts.length; i++) {
            System.arraycopy(bytes, offset, spread, offset + GAP * i, cuts[i]);
            offset += cuts[i];
        }
        return spread;
    }

    private static byte[] join(byte[] spread, int[] cuts) {
        byte[] bytes = new byte[Arrays.stream(cuts).sum()];
        int offset = 0;
        for (int i = 0; i < cuts.length; i++) {
            System.arraycopy(spread, offset + GAP * i, bytes, offset, cuts[i]);
            offset += cuts[i];
        }
        return bytes;
    }
}
