package io.openib.cli.devices;

import io.openib.mca.ComponentKind;
import io.openib.mca.ComponentNames;
import io.openib.mca.ComponentSelection;
import io.openib.mca.Configurable;
import io.openib.mca.InterfaceSelection;
import io.openib.mca.McaParameters;
import io.openib.mca.Origin;
import io.openib.mca.ParameterValue;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which providers, devices and ports the parameters leave to a job: the same as the transport does. Immutable. */
public final class DeviceChoice {
    private static final String PROVIDER = "verbs_provider";
    private static final String INCLUDE = "btl_openib_if_include";
    private static final String EXCLUDE = "btl_openib_if_exclude";
    private static final String WARN = "btl_openib_warn_nonexistent_if";

    /** What is found, and asked of it before it is used. */
    private static final ComponentKind<VerbsProvider> KIND = new ComponentKind<>(
            VerbsProvider.class,
            "provider",
            VerbsProvider.SPI_VERSION,
            VerbsProvider::name,
            VerbsProvider::spiVersion,
            VerbsProvider::exclusivity);

    private final McaParameters parameters;
    private final InterfaceSelection interfaces;

    private DeviceChoice(McaParameters parameters) {
        this.parameters = parameters;
        this.interfaces = InterfaceSelection.of(parameters, INCLUDE, EXCLUDE);
    }

    /** As these parameters have it; one that no transport has declared leaves everything. */
    public static DeviceChoice of(McaParameters parameters) {
        return new DeviceChoice(parameters);
    }

    /** What providers are asked before they are used: they take their own parameters, too. */
    public static ComponentKind<VerbsProvider> kind(McaParameters parameters) {
        return KIND.after(provider -> {
            if (provider instanceof Configurable configurable) {
                configurable.configure(parameters);
            }
        });
    }

    /**
     * The selected ones.
     *
     * @throws io.openib.mca.McaException if a name belongs to none; it lists those there are
     */
    public List<VerbsProvider> select(List<VerbsProvider> providers) {
        Optional<ParameterValue<?>> value = value(PROVIDER);
        if (value.isPresent() && value.get().value() instanceof ComponentSelection selection) {
            ComponentNames names = ComponentNames.of(
                    "provider of devices",
                    providers.stream().map(VerbsProvider::name).toList());
            return selection.select(
                    names, providers, VerbsProvider::name, value.get().origin());
        }
        return providers;
    }

    /** Why a provider is left out that is not {@linkplain #select selected}. */
    public String whyWithout(VerbsProvider provider) {
        return value(PROVIDER)
                .map(value -> "left out by " + text(value))
                .orElseThrow(() -> new IllegalArgumentException(provider.name() + " is selected"));
    }

    /** Why a device is left out with all its ports; empty if it, or one of its ports, is wanted. */
    public Optional<String> whyWithout(String device) {
        return interfaces.whyWithout(device);
    }

    /** Why a port is left out; empty if it is wanted. */
    public Optional<String> whyWithout(String device, int port) {
        return interfaces.whyWithout(device, port);
    }

    /** As {@link #whyWithout(String, int)}, of {@code device:port}. */
    public Optional<String> whyWithoutPlace(String place) {
        int colon = place.lastIndexOf(':');
        return whyWithout(place.substring(0, colon), Integer.parseInt(place.substring(colon + 1)));
    }

    /** Whether devices or ports are named. */
    public boolean namesInterfaces() {
        return interfaces.isSet();
    }

    /**
     * Checks that what is named is there.
     *
     * @param known devices, and {@code device:port} of those that were looked into
     * @return what to warn of: a sentence for each name of nothing, unless nobody wants to hear it
     * @throws io.openib.mca.McaException if none of what is to be included is there; with what there is
     */
    public List<String> verify(List<String> known) {
        List<String> absent = interfaces.verify(known);
        boolean isSilent =
                value(WARN).filter(value -> Boolean.FALSE.equals(value.value())).isPresent();
        return isSilent ? List.of() : absent;
    }

    /** What somebody has asked for, each with its origin; empty if nobody has asked for anything. */
    public List<String> wishes() {
        List<String> wishes = new ArrayList<>();
        for (String name : List.of(PROVIDER, INCLUDE, EXCLUDE)) {
            value(name)
                    .filter(value -> value.origin().kind() != Origin.Kind.DEFAULT)
                    .ifPresent(value -> wishes.add(text(value)));
        }
        return wishes;
    }

    private static String text(ParameterValue<?> value) {
        return value.parameter().name() + " = " + value.shownText() + " (" + value.origin() + ")";
    }

    private Optional<ParameterValue<?>> value(String name) {
        for (ParameterValue<?> value : parameters.all()) {
            if (value.parameter().name().equals(name)) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }
}
