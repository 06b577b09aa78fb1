package io.openib.cli.conformance;

import io.openib.cli.devices.DeviceChoice;
import io.openib.cli.output.UsageException;
import io.openib.cli.programs.ProgramFailure;
import io.openib.mca.ComponentFailure;
import io.openib.mca.McaParameters;
import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.PkeyChoice;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The ports here that a job with these parameters could use, in the order of the providers, and why not the others. */
final class Places {
    private static final String GID_INDEX = "btl_openib_gid_index";
    private static final String PKEY = "btl_openib_pkey";

    private final DeviceChoice choice;
    private final OptionalInt gidRow;
    private final int partition;
    private final List<Place> found = new ArrayList<>();
    private final List<String> known = new ArrayList<>();
    private final List<String> unused = new ArrayList<>();
    private final List<String> absent;

    /**
     * Opens every device that is left for a look.
     *
     * @throws io.openib.mca.McaException if a provider is named that is not there, or none of the devices to be included is
     */
    Places(List<VerbsProvider> providers, McaParameters parameters) {
        choice = DeviceChoice.of(parameters);
        gidRow = parameters.givenInteger(GID_INDEX);
        partition = parameters.givenInteger(PKEY).orElse(0);
        List<VerbsProvider> selected = choice.select(providers);
        for (VerbsProvider provider : providers) {
            if (selected.contains(provider)) {
                tryToLook(provider);
            } else {
                unused.add(provider.name() + ": " + choice.whyWithout(provider));
            }
        }
        absent = choice.verify(known);
    }

    /** What to warn of: names in the parameters that nothing here has. */
    List<String> absent() {
        return absent;
    }

    /**
     * The ports.
     *
     * @param who has them, for the error text
     * @param only {@code device:port} of the only one that is wanted; empty for all
     * @throws UsageException if none is called so, where there are others
     * @throws ProgramFailure if there is none; with what was asked for, and why nothing is left
     */
    List<Place> called(String only, String who) {
        List<Place> places = found.stream()
                .filter(place -> only.isEmpty() || place.name().equals(only))
                .toList();
        if (places.isEmpty()) {
            List<String> reasons = reasons(only);
            if (reasons.isEmpty()) {
                throw new UsageException("--device " + only + ": " + who + " has no port of that name; there is "
                        + found.stream().map(Place::name).collect(Collectors.joining(", "))
                        + (unused.isEmpty()
                                ? ""
                                : "; not used: " + String.join("; ", unused) + "; openib doctor tells more"));
            }
            throw new ProgramFailure(who + " has no port that is ACTIVE"
                    + (only.isEmpty() ? "" : " and is called " + only)
                    + asked()
                    + ": "
                    + String.join("; ", reasons)
                    + "; openib doctor tells more");
        }
        return places;
    }

    /** Why it is not among the found: of its own device, or else of all if nothing was found. */
    private List<String> reasons(String only) {
        if (found.isEmpty()) {
            return unused.isEmpty() ? List.of("there is no provider of devices") : unused;
        }
        String device = only.contains(":") ? only.substring(0, only.lastIndexOf(':')) : only;
        return unused.stream()
                .filter(reason -> reason.startsWith(device + ": ") || reason.startsWith(only + ": "))
                .toList();
    }

    private String asked() {
        List<String> wishes = choice.wishes();
        return wishes.isEmpty() ? "" : ", with " + String.join(" and ", wishes);
    }

    private void tryToLook(VerbsProvider provider) {
        try {
            look(provider);
        } catch (RuntimeException | LinkageError e) {
            unused.add(provider.name() + ": " + ComponentFailure.why(e));
        }
    }

    private void look(VerbsProvider provider) {
        Availability availability = provider.availability();
        if (!availability.isUsable()) {
            unused.add(provider.name() + ": " + availability.reason());
            return;
        }
        for (String name : provider.deviceNames()) {
            known.add(name);
            Optional<String> leftOut = choice.whyWithout(name);
            if (leftOut.isPresent()) {
                unused.add(name + ": " + leftOut.get());
            } else {
                look(provider, name);
            }
        }
    }

    private void look(VerbsProvider provider, String name) {
        try (Device device = provider.open(name)) {
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                known.add(name + ':' + port);
                look(provider, device, port);
            }
        } catch (RuntimeException | LinkageError e) {
            String why = name + ": " + ComponentFailure.why(e);
            System.err.println("openib conformance: left out is " + why);
            unused.add(why);
        }
    }

    private void look(VerbsProvider provider, Device device, int port) {
        PortAttributes attributes = device.queryPort(port);
        String place = device.name() + ':' + port;
        Optional<String> leftOut = choice.whyWithout(device.name(), port);
        if (leftOut.isPresent()) {
            unused.add(place + ": " + leftOut.get());
        } else if (attributes.state() != PortState.ACTIVE) {
            unused.add(place + ": the port is " + attributes.state());
        } else if (PkeyChoice.row(device, port, partition).isEmpty()) {
            unused.add(place + ": its P_Key table " + (partition == 0 ? "is empty" : "does not hold " + PKEY));
        } else {
            found.add(Place.of(provider, device, port, attributes.linkLayer(), gidRow, partition));
        }
    }
}
