package io.openib.cli;

import io.openib.cli.devices.DeviceChoice;
import io.openib.cli.doctor.Diagnosed;
import io.openib.cli.doctor.Doctor;
import io.openib.cli.output.CommandLines;
import io.openib.cli.output.JsonLine;
import io.openib.cli.output.Lines;
import io.openib.mca.McaParameters;
import io.openib.verbs.Finding;
import io.openib.verbs.Finding.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code openib doctor}: everything that could stop RDMA here, each with verdict, evidence and remedy. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Looks at everything that could stop RDMA here: verdict, evidence, remedy.",
            "Ends with 0 if a job could run, on whatever device; with 1 if none could."
        })
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--json", description = "One JSON object a line.")
    private boolean isJson;

    @Option(
            names = "--mca",
            arity = "2",
            paramLabel = "NAME VALUE",
            hideParamSyntax = true,
            description = "Sets a parameter, as run does.")
    private List<String> mca = List.of();

    private final Doctor doctor = new Doctor(this::print);

    @Override
    public Integer call() {
        McaParameters parameters = JobChecks.load(mca).parameters();
        JobChecks.tell(parameters);
        DeviceSurvey.verifyProviders(parameters);
        JobChecks.warn(DeviceSurvey.verifyInterfaces(parameters));
        WireupSurvey survey = new WireupSurvey(parameters, mca);
        List<String> selected = JobChecks.selected(survey, parameters);
        doctor.tell("host", Finding.ok("Java", Runtime.version() + " on " + System.getProperty("os.arch")));
        doctor.lookAtDevices(parameters);
        boolean canJoin = doctor.lookAtLauncher(System.getenv(), parameters);
        tryWireups(survey, selected, parameters);
        boolean canRun = canJoin && !doctor.ways().isEmpty();
        summarize(canRun);
        return canRun ? 0 : CommandLines.FAILED;
    }

    private void tryWireups(WireupSurvey survey, List<String> selected, McaParameters parameters) {
        DeviceChoice choice = DeviceChoice.of(parameters);
        for (String name : survey.names()) {
            for (String place : doctor.places()) {
                Optional<String> leftOut = selected.contains(name)
                        ? choice.whyWithoutPlace(place)
                        : Optional.of("left out by btl_openib_cpc");
                doctor.tell(
                        place,
                        leftOut.map(why -> leftOut(name, place, why)).orElseGet(() -> tried(survey, name, place)));
            }
        }
        survey.broken()
                .forEach(broken -> doctor.tell(
                        broken.name(), Finding.failed("wireup", broken.reason(), "mend or remove this component")));
    }

    private Finding leftOut(String name, String place, String why) {
        doctor.foundNoWay(name, place, why);
        return Finding.skipped("wireup " + name, why);
    }

    private Finding tried(WireupSurvey survey, String name, String place) {
        String check = "wireup " + name;
        if (!doctor.isUsable(place)) {
            return Finding.skipped(check, "needs a port that carries messages");
        }
        Usability usability = survey.tryOne(name, place, btl -> doctor.lookAtRank(place, btl));
        if (usability.isUsable()) {
            doctor.foundWay(name, place);
            return Finding.ok(check, "opened, and listens");
        }
        doctor.foundNoWay(name, place, usability.reason());
        return Doctor.isForMemory(usability.reason())
                ? Doctor.shortOfMemory(check, usability.reason())
                : Finding.warning(check, usability.reason(), "use another wireup on this port (btl_openib_cpc)");
    }

    private void summarize(boolean canRun) {
        List<String> hardware = doctor.usableHardware();
        String how = canRun
                ? "jobs can run: " + String.join(", ", doctor.ways())
                : doctor.ways().isEmpty()
                        ? "no job can run: see what FAILED or was SKIPPED above"
                        : "no job can run that this environment's launcher would have started; ./openib run starts its own: "
                                + String.join(", ", doctor.ways());
        String rdma = hardware.isEmpty()
                ? "no RDMA hardware can be used" + (canRun ? ", so jobs run on the software device" : "")
                        + reasons(doctor.obstacles())
                : "RDMA on " + String.join(", ", hardware);
        if (isJson) {
            Lines.print(JsonLine.of(line -> line.put("doctor", "summary")
                    .put("can_run", canRun)
                    .put("ways", doctor.ways())
                    .put("hardware", hardware)
                    .put("obstacles", doctor.obstacles())));
        } else {
            Lines.print(how);
            Lines.print(rdma);
        }
    }

    private static String reasons(List<String> obstacles) {
        return obstacles.isEmpty()
                ? " (no provider of RDMA hardware is installed)"
                : " (" + String.join("; ", obstacles) + ")";
    }

    private void print(Diagnosed diagnosed) {
        Finding finding = diagnosed.finding();
        String verdict = finding.verdict().name().toLowerCase(Locale.ROOT);
        if (isJson) {
            Lines.print(JsonLine.of(line -> line.put("doctor", "finding")
                    .put("subject", diagnosed.subject())
                    .put("check", finding.check())
                    .put("verdict", verdict)
                    .put("evidence", finding.evidence())
                    .put("remedy", finding.remedy())));
            return;
        }
        String label =
                finding.verdict() == Verdict.OK ? "ok" : finding.verdict().name();
        Lines.print(String.format(
                Locale.ROOT,
                "%-7s  %s, %s: %s%s",
                label,
                diagnosed.subject(),
                finding.check(),
                finding.evidence().isEmpty() ? "nothing to say" : finding.evidence(),
                finding.remedy().isEmpty() ? "" : "\n         -> " + finding.remedy()));
    }
}
