package io.openib.cli;

import io.openib.btl.BtlFramework;
import io.openib.cli.devices.DeviceChoice;
import io.openib.cli.launch.LaunchException;
import io.openib.cli.output.Program;
import io.openib.cli.output.UsageException;
import io.openib.mca.ComponentSelection;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.mca.Origin;
import io.openib.mca.Problem;
import io.openib.runtime.RuntimeParameters;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What can be known to be wrong with a job before a rank of it is started. */
final class JobChecks {
    private static final Logger LOG = LoggerFactory.getLogger(JobChecks.class);

    private JobChecks() {}

    /**
     * Where values come from in this process.
     *
     * @param mca the command line's: name, value, name, value ...
     */
    static McaParameters.Builder sources(List<String> mca) {
        McaParameters.Builder sources = McaParameters.fromProcess().declare(new RuntimeParameters());
        for (int i = 0; i < mca.size(); i += 2) {
            sources.commandLine(mca.get(i), mca.get(i + 1));
        }
        return sources;
    }

    /**
     * Finds the transports and resolves all parameters as each rank will.
     *
     * @throws McaException with everything that is wrong
     */
    static BtlFramework load(List<String> mca) {
        return BtlFramework.load(sources(mca));
    }

    /**
     * Checks parameters and, if somebody chose a wireup or devices, that they are there and can be used.
     *
     * @param mca the command line's, the program's own included: name, value, name, value ...
     * @param program one of ours; empty for a main class, which may open a transport
     * @return the parameters
     * @throws McaException with everything that is wrong with the parameters
     * @throws LaunchException if the wireup or the devices cannot be used; with each wireup's reason
     * @throws UsageException if the program refuses, in one line
     */
    static McaParameters check(List<String> mca, Optional<Program> program) {
        BtlFramework framework = load(mca);
        McaParameters parameters = framework.parameters();
        List<String> absent = new ArrayList<>();
        try {
            absent.addAll(DeviceSurvey.verifyInterfaces(parameters));
            if (program.map(Program::opensTransport).orElse(true)) {
                framework.verifySelection();
                tryTransport(parameters, mca);
            } else {
                selected(new WireupSurvey(parameters, mca), parameters);
            }
            program.ifPresent(found -> check(found, parameters, mca));
        } catch (RuntimeException e) { // whatever it is: what is odd about the parameters may be why
            tell(parameters);
            warn(absent);
            throw e;
        }
        return parameters;
    }

    private static void check(Program program, McaParameters parameters, List<String> mca) {
        program.checkParameters(parameters);
        if (program.asksMuchOfTransport()) {
            new WireupSurvey(parameters, mca).showAny(program::checkTransport);
        }
    }

    /** Logs what may surprise about the parameters, where no rank will. */
    static void tell(McaParameters parameters) {
        parameters.tell(LOG::warn, LOG::info);
    }

    private static void tryTransport(McaParameters parameters, List<String> mca) {
        if (isWireupChosen(parameters)) {
            checkWireups(parameters, mca);
        } else {
            checkDevices(parameters, mca);
        }
    }

    /** Of each of these, where no rank will. */
    static void warn(List<String> sentences) {
        sentences.forEach(LOG::warn);
    }

    private static void checkDevices(McaParameters parameters, List<String> mca) {
        List<String> wishes = DeviceChoice.of(parameters).wishes();
        if (!wishes.isEmpty()) {
            Usability usability = new WireupSurvey(parameters, mca).tryAny();
            if (!usability.isUsable()) {
                throw new LaunchException(
                        "no job can run with " + String.join(" and ", wishes) + ": " + usability.reason());
            }
        }
    }

    private static boolean isWireupChosen(McaParameters parameters) {
        return parameters.all().stream()
                .anyMatch(value -> value.parameter() == WireupParameters.CPC
                        && value.origin().kind() != Origin.Kind.DEFAULT);
    }

    private static void checkWireups(McaParameters parameters, List<String> mca) {
        WireupSurvey survey = new WireupSurvey(parameters, mca);
        List<String> selected = selected(survey, parameters);
        List<Usability> tried = new ArrayList<>();
        for (String name : selected) {
            Usability usability = survey.tryOne(name);
            if (usability.isUsable()) {
                return;
            }
            tried.add(usability);
        }
        String what = "btl_openib_cpc = " + parameters.value(WireupParameters.CPC) + " ("
                + parameters.origin(WireupParameters.CPC) + ")";
        if (selected.isEmpty()) {
            throw new McaException(List.of(new Problem(
                    Problem.Kind.MALFORMED_VALUE,
                    WireupParameters.CPC.name(),
                    parameters.origin(WireupParameters.CPC),
                    what + " leaves no wireup; there is " + String.join(", ", survey.names()))));
        }
        throw new LaunchException(
                "no wireup of " + what + " can be used" + reasons(withOthers(survey, selected, tried)));
    }

    /** Those that were not selected as well: one of them may be the way out. */
    private static List<Usability> withOthers(WireupSurvey survey, List<String> selected, List<Usability> tried) {
        List<Usability> all = new ArrayList<>(tried);
        survey.names().stream()
                .filter(name -> !selected.contains(name))
                .map(survey::tryOne)
                .forEach(all::add);
        all.addAll(survey.broken());
        return all;
    }

    /**
     * The wireups that somebody chose; all if nobody did.
     *
     * @throws LaunchException if one that is named is not there; with each wireup's reason
     */
    static List<String> selected(WireupSurvey survey, McaParameters parameters) {
        if (!isWireupChosen(parameters)) {
            return survey.names();
        }
        try {
            ComponentSelection selection = parameters.value(WireupParameters.CPC);
            return selection.apply(
                    WireupSelection.names(survey.names(), selection), parameters.origin(WireupParameters.CPC));
        } catch (McaException e) {
            throw new LaunchException(e.getMessage() + reasons(survey.tryAll()), e);
        }
    }

    private static String reasons(List<Usability> wireups) {
        StringBuilder text = new StringBuilder();
        for (Usability wireup : wireups) {
            text.append(System.lineSeparator()).append("  wireup ").append(wireup.line());
        }
        return text.toString();
    }
}
