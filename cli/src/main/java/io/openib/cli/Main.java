package io.openib.cli;

import io.openib.cli.output.CommandLines;

/** The {@code openib} command. */
public final class Main {
    private Main() {}

    /** Runs a subcommand and ends this process with its status: 0, 1 for a failure, 2 for a wrong command line. */
    public static void main(String[] arguments) {
        System.exit(CommandLines.execute(new OpenibCommand(), arguments));
    }
}
