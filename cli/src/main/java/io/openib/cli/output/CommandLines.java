package io.openib.cli.output;

import io.openib.mca.McaException;
import io.openib.runtime.JobEnvironment;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;

/** Runs a picocli command so that whatever goes wrong becomes one line on the standard error stream. */
public final class CommandLines {
    /** Set on ranks and by {@code --verbose}: failures come with their stack trace. */
    public static final String VERBOSE = "openib.verbose";

    /** The exit status when what was asked for did not work. */
    public static final int FAILED = 1;
    /** The exit status for a command line that makes no sense. */
    public static final int USAGE = 2;

    private CommandLines() {}

    /** Runs the command; the result is for {@link System#exit}. */
    public static int execute(Object command, String... arguments) {
        return execute(commandLine(command), arguments);
    }

    private static int execute(CommandLine line, String... arguments) {
        try {
            int status = line.execute(arguments);
            if (status == 0) {
                Lines.check(); // of help and version, which picocli prints and does not look after
            }
            return status;
        } catch (OutOfMemoryError | LinkageError | OutputException e) {
            return failure(line.getCommandSpec(), e);
        }
    }

    /**
     * Runs a program as a rank; the result is for {@link System#exit}. Without arguments there is nothing to parse, and what
     * parses is not loaded: that would be a quarter of what it costs to start a rank.
     */
    public static int execute(Program program, String... arguments) {
        if (arguments.length > 0) {
            return execute(commandLine(program), arguments);
        }
        try {
            return program.call();
        } catch (Exception | OutOfMemoryError | LinkageError e) {
            return failure(commandLine(program).getCommandSpec(), e);
        }
    }

    /**
     * Looks at a program's options, for its launcher, so that a mistake is told once and help is shown once, by no rank.
     *
     * @return the exit status when there is nothing to run; empty when there is
     */
    public static OptionalInt check(Program program, List<String> arguments) {
        boolean[] isToRun = new boolean[1];
        CommandLine line = commandLine(program);
        line.setExecutionStrategy(parsed -> {
            Integer help = CommandLine.executeHelpRequest(parsed);
            if (help != null) {
                return help;
            }
            try {
                program.check();
            } catch (UsageException e) {
                throw new ExecutionException(line, String.valueOf(e.getMessage()), e);
            }
            isToRun[0] = true;
            return 0;
        });
        int status = line.execute(arguments.toArray(String[]::new));
        return isToRun[0] ? OptionalInt.empty() : OptionalInt.of(status);
    }

    private static CommandLine commandLine(Object command) {
        CommandLine line = new CommandLine(command);
        line.setStopAtPositional(true);
        line.setExpandAtFiles(false); // they are the program's arguments
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler((e, given) -> {
            CommandSpec spec = e.getCommandLine().getCommandSpec();
            return tell(spec, firstLine(e) + "; see " + called(spec) + " --help", e, USAGE);
        });
        line.setExecutionExceptionHandler((e, failed, parsed) -> failure(failed.getCommandSpec(), e));
        return line;
    }

    /** Whether failures shall come with their stack trace. */
    public static boolean isVerbose() {
        return Boolean.getBoolean(VERBOSE);
    }

    /** How a user calls it: programs, whose names are {@code openib NAME}, by {@code openib exec NAME}. */
    private static String called(CommandSpec spec) {
        String name = spec.qualifiedName();
        boolean isProgram = spec.parent() == null && name.startsWith("openib ");
        return isProgram ? name.replace("openib ", "openib exec ") : name;
    }

    /** Java says of threads, too, that there is no memory for them. */
    private static int failure(CommandSpec spec, Throwable e) {
        String type = e.getClass().getName();
        boolean isForUsers = type.startsWith("io.openib.") && e.getMessage() != null;
        String text = isForUsers ? String.valueOf(e.getMessage()) : "unexpected " + e + " (--verbose shows where)";
        boolean isUsage =
                e instanceof UsageException || e instanceof McaException || e.getCause() instanceof McaException;
        return tell(spec, text, e, isUsage ? USAGE : FAILED);
    }

    private static int tell(CommandSpec spec, String text, Throwable e, int status) {
        // One write for the whole: ranks share the stream.
        System.err.print(spec.qualifiedName() + rank() + ": " + text + System.lineSeparator());
        System.err.flush();
        if (isVerbose()) {
            e.printStackTrace();
        }
        return status;
    }

    /** Which rank speaks, where this process is one of ours. */
    private static String rank() {
        String rank = System.getenv(JobEnvironment.TOKEN) == null ? null : System.getenv(JobEnvironment.RANK);
        return rank == null ? "" : " (rank " + rank + ")";
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("wrong arguments");
    }
}
