package io.openib.verbs.testkit;

import java.io.PrintStream;

/**
 * The main class of a peer process: executes the calls of {@link Side} that arrive on its standard input and answers on its
 * standard output, one after the other, until its input ends. Its argument is the class of the {@link DeviceUnderTest}.
 */
public final class RemoteSide {
    private RemoteSide() {}

    /** Serves until the input ends. */
    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err);
        DeviceUnderTest underTest = Class.forName(args[0])
                .asSubclass(DeviceUnderTest.class)
                .getDeclaredConstructor()
                .newInstance();
        try (LocalSide side = new LocalSide(underTest)) {
            SideLink.serve(side, System.in, out);
        }
    }
}
