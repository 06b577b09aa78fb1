package io.openib.cli;

import io.openib.cli.output.CommandLines;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The top of the command line. */
@Command(
        name = "openib",
        description = "An openib transport for the JVM.",
        versionProvider = ProductVersion.class,
        mixinStandardHelpOptions = true,
        subcommands = {RunCommand.class, ExecCommand.class, InfoCommand.class, DoctorCommand.class})
final class OpenibCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Shows where a failure came from, and what is logged as information.")
    void verbose(boolean isVerbose) {
        if (isVerbose) {
            System.setProperty(CommandLines.VERBOSE, "true");
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "info");
        }
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return CommandLines.USAGE;
    }
}
