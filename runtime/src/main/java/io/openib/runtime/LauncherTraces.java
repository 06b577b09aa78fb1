package io.openib.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What launchers leave in the environment of the processes they start, and what it means for us. */
final class LauncherTraces {

    static final String PMI_PORT = "PMI_PORT";
    /** An open socket, by its number. */
    static final String PMI_FD = "PMI_FD";

    static final String PMI_ID = "PMI_ID";
    static final String PMI_RANK = JobEnvironment.RANK;
    static final String PMI_SIZE = "PMI_SIZE";

    static final String PMIX_NAMESPACE = "PMIX_NAMESPACE";
    static final String PMIX_RANK = "PMIX_RANK";

    private static final List<String> PREFIXES = List.of("PMI_", "PMIX_", "OMPI_COMM_WORLD_", "PRTE_LAUNCHED");
    /** What our server sets; it clears the rest, so that anything else beside them came later. */
    private static final Set<String> OURS = Set.of(PMI_PORT, PMI_ID, PMI_RANK, PMI_SIZE, JobEnvironment.TOKEN);

    private static final String WAYS_IN =
            "start it with ./openib run, mpiexec.hydra, mpirun, or srun --mpi=pmix or pmi2, the launchers this version can join";

    /** A launcher that cannot be joined, told by a variable that only it sets. */
    private record Unsupported(String variable, @Nullable String sizeVariable, String found) {

        boolean isIn(Map<String, String> environment) {
            return environment.containsKey(variable)
                    && (sizeVariable == null || isAboveOne(environment.get(sizeVariable)));
        }

        private static boolean isAboveOne(@Nullable String value) {
            try {
                return value != null && Integer.parseInt(value) > 1;
            } catch (NumberFormatException e) {
                return true;
            }
        }
    }

    private static final List<Unsupported> UNSUPPORTED = List.of(
            new Unsupported(PMIX_RANK, null, "a PMIx launcher that gives no PMIX_NAMESPACE"),
            new Unsupported(PMIX_NAMESPACE, null, "a PMIx launcher that gives no PMIX_RANK"),
            new Unsupported("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "Open MPI's mpirun, without PMIx"),
            new Unsupported("SLURM_PROCID", "SLURM_NTASKS", "Slurm, without a PMI plug-in that can be reached"),
            new Unsupported(PMI_RANK, null, "a PMI launcher that gives neither PMI_PORT nor PMI_FD"),
            new Unsupported(PMI_ID, null, "a PMI launcher that gives neither PMI_PORT nor PMI_FD"),
            new Unsupported(PMI_SIZE, PMI_SIZE, "a PMI launcher that gives neither PMI_PORT nor PMI_FD"));

    private LauncherTraces() {}

    /**
     * Where to join.
     *
     * @return empty if no launcher started this process, or if it shall run alone
     */
    static Optional<LauncherAddress> of(Map<String, String> environment, LauncherChoice choice) {
        if (choice == LauncherChoice.SINGLETON) {
            return Optional.empty();
        }
        if (choice == LauncherChoice.PMIX) {
            return Optional.of(pmix(environment));
        }
        boolean hasPort = environment.containsKey(PMI_PORT);
        boolean isOurs = hasPort && token(environment) != null;
        // Ours hides this from its ranks, so that beside our PMI_PORT it comes from a launcher within.
        if (environment.containsKey(PMI_FD) && (!hasPort || isOurs)) {
            return Optional.of(inherited(environment));
        }
        if (choice == LauncherChoice.PMI1) {
            return Optional.of(pmi1(environment));
        }
        // Whatever else it says, PMI_PORT is the way in; but it may be left over from a run of ours around this
        // launcher.
        if (!hasPort || isOurs) {
            if (hasPmix(environment)) {
                return Optional.of(pmix(environment));
            }
            refuseUnsupported(environment, hasPort);
        }
        return hasPort ? Optional.of(pmi1(environment)) : Optional.empty();
    }

    private static boolean hasPmix(Map<String, String> environment) {
        return environment.containsKey(PMIX_NAMESPACE) && environment.containsKey(PMIX_RANK);
    }

    private static PmixAddress pmix(Map<String, String> environment) {
        String namespace = environment.get(PMIX_NAMESPACE);
        String rank = environment.get(PMIX_RANK);
        if (namespace == null || rank == null) {
            throw new OpenibRuntimeException(
                    RuntimeFailure.BAD_ENVIRONMENT,
                    "runtime_launcher is pmix, but PMIX_NAMESPACE and PMIX_RANK are not both set: start it with mpirun,"
                            + " prterun or srun --mpi=pmix");
        }
        return new PmixAddress(namespace, rank);
    }

    private static Pmi1Address inherited(Map<String, String> environment) {
        OptionalInt fd = required(environment, PMI_FD);
        OptionalInt rank = required(environment, PMI_RANK);
        OptionalInt size = required(environment, PMI_SIZE);
        if (rank.isEmpty() || size.isEmpty()) {
            throw malformed(PMI_FD + "=" + fd.getAsInt() + " comes without both " + PMI_RANK + " and " + PMI_SIZE);
        }
        return Pmi1Address.inherited(fd.getAsInt(), rank.getAsInt(), size.getAsInt());
    }

    private static void refuseUnsupported(Map<String, String> environment, boolean isWithinOurs) {
        for (Unsupported launcher : UNSUPPORTED) {
            boolean isNews = !isWithinOurs || (isTrace(launcher.variable()) && !OURS.contains(launcher.variable()));
            if (isNews && launcher.isIn(environment)) {
                throw unsupported(launcher, environment, isWithinOurs);
            }
        }
    }

    /** Whether a variable tells of a launcher, so that ours must hide it from the ranks it starts. */
    static boolean isTrace(String variable) {
        return variable.equals(JobEnvironment.TOKEN) || PREFIXES.stream().anyMatch(variable::startsWith);
    }

    /** What our server wants to see; null if {@code PMI_PORT} is not our server's. */
    private static @Nullable String token(Map<String, String> environment) {
        String token = environment.get(JobEnvironment.TOKEN);
        String prefix = environment.get(PMI_PORT) + "/";
        return token != null && token.startsWith(prefix) ? token.substring(prefix.length()) : null;
    }

    private static OpenibRuntimeException unsupported(
            Unsupported launcher, Map<String, String> environment, boolean isWithinOurs) {
        String nested = isWithinOurs ? ", itself within ./openib run" : "";
        return new OpenibRuntimeException(
                RuntimeFailure.UNSUPPORTED_LAUNCHER,
                "this process was started by " + launcher.found() + nested + ", which this version cannot join (found "
                        + found(environment) + "): " + WAYS_IN + ", or set runtime_launcher to singleton to run alone");
    }

    private static String found(Map<String, String> environment) {
        List<String> found = new ArrayList<>();
        for (String name : new TreeSet<>(environment.keySet())) {
            boolean isTelling = UNSUPPORTED.stream()
                    .anyMatch(launcher -> name.equals(launcher.variable()) || name.equals(launcher.sizeVariable()));
            if (isTelling) {
                found.add(name + "=" + environment.get(name));
            }
        }
        return String.join(", ", found);
    }

    private static Pmi1Address pmi1(Map<String, String> environment) {
        String address = environment.get(PMI_PORT);
        if (address == null) {
            throw new OpenibRuntimeException(
                    RuntimeFailure.BAD_ENVIRONMENT,
                    "runtime_launcher is pmi1, but neither PMI_PORT nor PMI_FD is set: " + WAYS_IN);
        }
        int colon = address.lastIndexOf(':');
        int port = colon < 1 ? -1 : number(address.substring(colon + 1)).orElse(-1);
        if (port < 1 || port > 65_535) {
            throw malformed(PMI_PORT + "=" + address + " is not host:port");
        }
        String host = address.substring(0, colon);
        OptionalInt pmiId = required(environment, PMI_ID);
        OptionalInt rank = required(environment, PMI_RANK);
        OptionalInt size = required(environment, PMI_SIZE);
        if (pmiId.isEmpty() && (rank.isEmpty() || size.isEmpty())) {
            throw malformed(PMI_PORT + "=" + address + " comes without " + PMI_ID + ", and without both " + PMI_RANK
                    + " and " + PMI_SIZE);
        }
        // With an id the server tells rank and size.
        return pmiId.isPresent()
                ? new Pmi1Address(host, port, pmiId, -1, -1, token(environment))
                : new Pmi1Address(host, port, pmiId, rank.getAsInt(), size.getAsInt(), null);
    }

    /** Empty if the variable is not set; if it is set, it has to be a number. */
    private static OptionalInt required(Map<String, String> environment, String variable) {
        String value = environment.get(variable);
        if (value == null) {
            return OptionalInt.empty();
        }
        OptionalInt number = number(value);
        if (number.isEmpty()) {
            throw malformed(variable + "=" + value + " is not a whole number");
        }
        return number;
    }

    /** A number of up to nine digits and nothing else; empty for all other text. */
    static OptionalInt number(String text) {
        boolean isNumber = !text.isEmpty() && text.length() <= 9 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber ? OptionalInt.of(Integer.parseInt(text)) : OptionalInt.empty();
    }

    private static OpenibRuntimeException malformed(String what) {
        return new OpenibRuntimeException(
                RuntimeFailure.BAD_ENVIRONMENT,
                "a PMI-1 launcher seems to have started this process, but " + what
                        + ": start it again with ./openib run or mpiexec.hydra, or set"
                        + " runtime_launcher to singleton to run alone");
    }
}
