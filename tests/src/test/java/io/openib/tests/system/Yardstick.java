package io.openib.tests.system;

/** A program from one source file, for {@link MachineTime#ofYardstick()}: it does nothing. */
final class Yardstick {
    private Yardstick() {}

    /** Ends at once. */
    public static void main(String[] arguments) {}
}
