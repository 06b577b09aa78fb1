package io.openib.mca;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The parameters or the selection of components are wrong, so that nothing may be started. Its message lists every
 * problem, a line each; it is meant for the user and needs no stack trace beside it.
 */
public class McaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /**
     * Creates an exception for the problems found.
     *
     * @param problems all of them, at least one
     */
    public McaException(List<Problem> problems) {
        super(message(problems));
        this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong, in the order in which it was found: strongest source first. */
    public final List<Problem> problems() {
        return problems;
    }

    private static String message(List<Problem> problems) {
        if (problems.size() == 1) {
            return problems.get(0).text();
        }
        return problems.stream()
                .map(problem -> System.lineSeparator() + "  - " + problem.text())
                .collect(Collectors.joining("", problems.size() + " problems with the parameters:", ""));
    }
}
