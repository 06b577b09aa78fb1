package io.openib.cli;

import io.openib.mca.ComponentFailure;
import io.openib.mca.ComponentLoader;
import io.openib.mca.ComponentNames;
import io.openib.mca.ComponentSelection;
import io.openib.mca.Configurable;
import io.openib.mca.LoadedComponents;
import io.openib.mca.McaParameters;
import io.openib.mca.ParameterValue;
import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.List;

/** Each device and port of each provider, and whether it carries traffic. */
final class DeviceSurvey {
    private static final String SELECTION = "verbs_provider";

    private final List<Usability> found = new ArrayList<>();

    private DeviceSurvey() {}

    /** Opens every device for a look. */
    static List<Usability> of(McaParameters parameters) {
        DeviceSurvey survey = new DeviceSurvey();
        try (LoadedComponents<VerbsProvider> loaded =
                ComponentLoader.create(parameters).load(VerbsProvider.class)) {
            List<VerbsProvider> selected = selected(loaded.components(), parameters);
            for (VerbsProvider provider : loaded.components()) {
                if (selected.contains(provider)) {
                    survey.look(provider, parameters);
                } else {
                    survey.found.add(new Usability(provider.name(), false, "left out by verbs_provider"));
                }
            }
            for (ComponentFailure failure : loaded.failures()) {
                survey.found.add(new Usability(failure.where(), false, failure.reason()));
            }
        }
        return survey.found;
    }

    /** Those that the transport's parameter leaves; all if no transport has it. */
    private static List<VerbsProvider> selected(List<VerbsProvider> providers, McaParameters parameters) {
        ComponentNames names = ComponentNames.of(
                "provider of devices",
                providers.stream().map(VerbsProvider::name).toList());
        for (ParameterValue<?> value : parameters.all()) {
            if (value.parameter().name().equals(SELECTION) && value.value() instanceof ComponentSelection selection) {
                return selection.select(names, providers, VerbsProvider::name, value.origin());
            }
        }
        return providers;
    }

    private void look(VerbsProvider provider, McaParameters parameters) {
        if (provider instanceof Configurable configurable) {
            configurable.configure(parameters);
        }
        Availability availability = provider.availability();
        if (!availability.isUsable()) {
            found.add(new Usability(provider.name(), false, availability.reason()));
            return;
        }
        try {
            List<String> names = provider.deviceNames();
            if (names.isEmpty()) {
                found.add(new Usability(provider.name(), false, "there is no such device here"));
            }
            names.forEach(name -> lookAtDevice(provider, name));
        } catch (VerbsException e) {
            found.add(new Usability(provider.name(), false, String.valueOf(e.getMessage())));
        }
    }

    private void lookAtDevice(VerbsProvider provider, String name) {
        try (Device device = provider.open(name)) {
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                PortAttributes attributes = device.queryPort(port);
                boolean isActive = attributes.state() == PortState.ACTIVE;
                found.add(new Usability(
                        name + ":" + port,
                        isActive,
                        isActive
                                ? attributes.linkLayer() + ", path MTU " + attributes.activeMtu()
                                : "the port is " + attributes.state() + ", not ACTIVE"));
            }
        } catch (VerbsException e) {
            found.add(new Usability(name, false, String.valueOf(e.getMessage())));
        }
    }
}
