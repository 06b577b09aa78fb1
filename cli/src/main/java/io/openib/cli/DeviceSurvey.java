package io.openib.cli;

import io.openib.cli.devices.DeviceChoice;
import io.openib.mca.ComponentFailure;
import io.openib.mca.ComponentLoader;
import io.openib.mca.LoadedComponents;
import io.openib.mca.McaParameters;
import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.Finding;
import io.openib.verbs.Finding.Verdict;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Each device and port of each provider, and whether it carries traffic. */
final class DeviceSurvey {
    private final List<Usability> found = new ArrayList<>();
    private final List<String> known = new ArrayList<>();
    private final DeviceChoice choice;
    private final boolean isForPeople;

    private DeviceSurvey(McaParameters parameters, boolean isForPeople) {
        choice = DeviceChoice.of(parameters);
        this.isForPeople = isForPeople;
    }

    /**
     * Checks the devices and ports that are named in parameters, once, before each rank would.
     *
     * @return what to warn of where no rank does: names that are not there
     * @throws io.openib.mca.McaException if none of what is to be included is there
     */
    static List<String> verifyInterfaces(McaParameters parameters) {
        DeviceChoice choice = DeviceChoice.of(parameters);
        return choice.namesInterfaces() ? choice.verify(survey(parameters, false).known) : List.of();
    }

    /**
     * Checks the names of providers in parameters, for who looks at them one by one.
     *
     * @throws io.openib.mca.McaException if one is not there
     */
    static void verifyProviders(McaParameters parameters) {
        try (LoadedComponents<VerbsProvider> loaded =
                ComponentLoader.create(parameters).load(DeviceChoice.kind(parameters))) {
            DeviceChoice.of(parameters).select(loaded.components());
        }
    }

    /** Opens every device for a look. */
    static List<Usability> of(McaParameters parameters) {
        return survey(parameters, true).found;
    }

    private static DeviceSurvey survey(McaParameters parameters, boolean isForPeople) {
        DeviceSurvey survey = new DeviceSurvey(parameters, isForPeople);
        try (LoadedComponents<VerbsProvider> loaded =
                ComponentLoader.create(parameters).load(DeviceChoice.kind(parameters))) {
            List<VerbsProvider> selected = survey.choice.select(loaded.components());
            for (VerbsProvider provider : loaded.components()) {
                if (selected.contains(provider)) {
                    survey.look(provider);
                } else {
                    survey.found.add(new Usability(provider.name(), false, survey.choice.whyWithout(provider)));
                }
            }
            for (ComponentFailure failure : loaded.failures()) {
                survey.found.add(new Usability(failure.where(), false, failure.reason()));
            }
        }
        return survey;
    }

    /** Others may have written it: whatever it throws is what there is to say of it. */
    private void look(VerbsProvider provider) {
        try {
            lookInto(provider);
        } catch (RuntimeException | LinkageError e) {
            found.add(new Usability(provider.name(), false, ComponentFailure.why(e)));
        }
    }

    private void lookInto(VerbsProvider provider) {
        Availability availability = provider.availability();
        if (!availability.isUsable()) {
            found.add(new Usability(provider.name(), false, availability.reason()));
            return;
        }
        if (isForPeople && provider.exclusivity() <= VerbsProvider.SOFTWARE) {
            lookAtSoftware(provider);
        } else if (!availability.reason().isEmpty()) {
            found.add(new Usability(provider.name(), true, availability.reason()));
        }
        List<String> names = provider.deviceNames();
        if (names.isEmpty()) {
            found.add(new Usability(provider.name(), false, "there is no such device here"));
        }
        names.forEach(name -> lookAtDevice(provider, name));
    }

    /** What it needs of the host is quickly looked at, and no kernel or library would tell of it. */
    private void lookAtSoftware(VerbsProvider provider) {
        List<Finding> findings = provider.diagnose();
        found.add(new Usability(
                provider.name(),
                findings.stream().noneMatch(finding -> finding.verdict() == Verdict.FAILED),
                findings.stream().map(DeviceSurvey::text).collect(Collectors.joining("; "))));
    }

    private static String text(Finding finding) {
        String before = finding.verdict() == Verdict.OK ? "" : finding.verdict() + ", ";
        return before + finding.check() + ": " + finding.evidence();
    }

    private void lookAtDevice(VerbsProvider provider, String name) {
        known.add(name);
        Optional<String> deviceLeftOut = choice.whyWithout(name);
        if (deviceLeftOut.isPresent()) {
            found.add(new Usability(name, false, deviceLeftOut.get()));
            return;
        }
        try (Device device = provider.open(name)) {
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                known.add(name + ':' + port);
                lookAtPort(device, port);
            }
        } catch (RuntimeException | LinkageError e) {
            found.add(new Usability(name, false, ComponentFailure.why(e)));
        }
    }

    private void lookAtPort(Device device, int port) {
        PortAttributes attributes = device.queryPort(port);
        String place = device.name() + ':' + port;
        Optional<String> leftOut = choice.whyWithout(device.name(), port);
        if (leftOut.isPresent()) {
            found.add(new Usability(place, false, leftOut.get()));
        } else if (attributes.state() == PortState.ACTIVE) {
            found.add(new Usability(
                    place,
                    true,
                    attributes.linkLayer() + ", path MTU "
                            + attributes.activeMtu().bytes()));
        } else {
            found.add(new Usability(place, false, "the port is " + attributes.state() + ", not ACTIVE"));
        }
    }
}
