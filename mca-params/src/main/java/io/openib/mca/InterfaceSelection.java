package io.openib.mca;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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
                    return new Names(
                            name, list.stream().map(String::valueOf).distinct().toList(), value.origin());
                }
            }
            return new Names(name, List.of(), new Origin(Origin.Kind.DEFAULT, ""));
        }

        boolean has(String device, String place) {
            return names.contains(device) || names.contains(place);
        }

        List<Problem> absent(List<String> known) {
            return names.stream()
                    .filter(name -> !mayBeThere(name, known))
                    .map(name -> Problems.unknownComponent("device or port", name, origin, known))
                    .toList();
        }

        /** A port counts as there where nobody has looked into its device: it is left out, or does not open. */
        private static boolean mayBeThere(String name, List<String> known) {
            String device = name.substring(0, Math.max(0, name.lastIndexOf(':')));
            return known.contains(name)
                    || (known.contains(device) && known.stream().noneMatch(one -> one.startsWith(device + ':')));
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
     * Checks that what is named is there: whoever mistypes a name would silently use something else. Since one file may serve
     * hosts of which each has some of the devices, only an inclusion of nothing that is here is an error.
     *
     * @param known devices, and {@code device:port} of those that were looked into
     * @return a sentence for each name of nothing, with what there is
     * @throws McaException if something is to be included, and none of it is there; with what there is
     */
    public List<String> verify(List<String> known) {
        List<Problem> notIncluded = included.absent(known);
        if (!notIncluded.isEmpty() && notIncluded.size() == included.names.size()) {
            throw new McaException(notIncluded);
        }
        return Stream.concat(
                        notIncluded.stream().map(problem -> included.parameter + ": " + problem),
                        excluded.absent(known).stream().map(problem -> excluded.parameter + ": " + problem))
                .toList();
    }

    /** Whether anything is named. */
    public boolean isSet() {
        return !included.names.isEmpty() || !excluded.names.isEmpty();
    }
}
