package io.openib.cli;

import io.openib.btl.BtlFramework;
import io.openib.cli.launch.LaunchException;
import io.openib.mca.ComponentNames;
import io.openib.mca.ComponentSelection;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.mca.Origin;
import io.openib.runtime.RuntimeParameters;
import io.openib.wireup.WireupParameters;
import java.util.ArrayList;
import java.util.List;

/** What can be known to be wrong with a job before a rank of it is started. */
final class JobChecks {
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
     * Checks parameters and, if somebody chose a wireup, that it is there and can be used.
     *
     * @return the parameters
     * @throws McaException with everything that is wrong with the parameters
     * @throws LaunchException if the wireup cannot be used; with each wireup's reason
     */
    static McaParameters check(List<String> mca) {
        McaParameters parameters = load(mca).parameters();
        DeviceSurvey.verifyInterfaces(parameters);
        boolean isChosen = parameters.all().stream()
                .anyMatch(value -> value.parameter() == WireupParameters.CPC
                        && value.origin().kind() != Origin.Kind.DEFAULT);
        if (isChosen) {
            checkWireups(parameters, mca);
        }
        return parameters;
    }

    private static void checkWireups(McaParameters parameters, List<String> mca) {
        WireupSurvey survey = new WireupSurvey(parameters, mca);
        ComponentSelection selection = parameters.value(WireupParameters.CPC);
        Origin origin = parameters.origin(WireupParameters.CPC);
        List<String> selected;
        try {
            selected = selection.apply(names(survey), origin);
        } catch (McaException e) {
            throw new LaunchException(e.getMessage() + reasons(survey.tryAll()), e);
        }
        List<Usability> tried = new ArrayList<>();
        for (String name : selected) {
            Usability usability = survey.tryOne(name);
            if (usability.isUsable()) {
                return;
            }
            tried.add(usability);
        }
        String what = "btl_openib_cpc = " + selection + " (" + origin + ")";
        throw new LaunchException(
                selected.isEmpty()
                        ? what + " leaves no wireup; there is " + String.join(", ", survey.names())
                        : "no wireup of " + what + " can be used" + reasons(tried));
    }

    private static ComponentNames names(WireupSurvey survey) {
        return ComponentNames.of("wireup", survey.names()).synonym("rdma_cm", "rdmacm");
    }

    private static String reasons(List<Usability> wireups) {
        StringBuilder text = new StringBuilder();
        for (Usability wireup : wireups) {
            text.append(System.lineSeparator()).append("  wireup ").append(wireup.line());
        }
        return text.toString();
    }
}
