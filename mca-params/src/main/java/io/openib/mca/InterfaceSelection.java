package io.openib.mca;

import java.util.List;
import java.util.Optional;

/** Which devices ({@code mlx5_0}) and ports ({@code mlx5_0:1}) two parameters leave: one that includes, one that excludes. */
public final class InterfaceSelection {
    private final Names included;
    private final Names excluded;

    private InterfaceSelection(Names included, Names excluded) {
        this.included = included;
        this.excluded = excluded;
    }

    /** Those of two parameters of lists; one that nobody has declared names nothing. */
    public static InterfaceSelection of(McaParameters parameters, String include, String exclude) {
        return new InterfaceSelection(Names.of(parameters, include), Names.of(parameters, exclude));
    }

    private record Names(String parameter, List<String> names, Origin origin) {
        static Names of(McaParameters parameters, String name) {
            for (ParameterValue<?> value : parameters.all()) {
                if (value.parameter().name().equals(name) && value.value() instanceof List<?> list) {
                    return new Names(name, list.stream().map(String::valueOf).toList(), value.origin());
                }
            }
            return new Names(name, List.of(), new Origin(Origin.Kind.DEFAULT, ""));
        }

        boolean has(String device, String place) {
            return names.contains(device) || names.contains(place);
        }

        Optional<String> reason() {
            return Optional.of("left out by " + parameter + " = " + String.join(",", names) + " (" + origin + ")");
        }
    }

    /** Why a device is left out with all its ports; empty if it, or one of its ports, is wanted. */
    public Optional<String> whyWithout(String device) {
        boolean isOnePortWanted = included.names.stream().anyMatch(name -> name.startsWith(device + ':'));
        return isOnePortWanted && !excluded.names.contains(device) ? Optional.empty() : why(device, device);
    }

    /** Why a port is left out; empty if it is wanted. */
    public Optional<String> whyWithout(String device, int port) {
        return why(device, device + ':' + port);
    }

    private Optional<String> why(String device, String place) {
        if (excluded.has(device, place)) {
            return excluded.reason();
        }
        return included.names.isEmpty() || included.has(device, place) ? Optional.empty() : included.reason();
    }

    /**
     * Checks that what is named is there: whoever mistypes a name would silently use something else.
     *
     * @param known devices, and {@code device:port}
     * @throws McaException with what there is
     */
    public void verify(List<String> known) {
        for (Names names : List.of(included, excluded)) {
            if (!names.names.isEmpty()) {
                new ComponentSelection(ComponentSelection.Mode.INCLUDE, names.names)
                        .apply(ComponentNames.of("device or port", known), names.origin);
            }
        }
    }

    /** Whether anything is named. */
    public boolean isSet() {
        return !included.names.isEmpty() || !excluded.names.isEmpty();
    }
}
