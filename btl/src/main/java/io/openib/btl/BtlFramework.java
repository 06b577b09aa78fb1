package io.openib.btl;

import io.openib.mca.ComponentFailure;
import io.openib.mca.ComponentKind;
import io.openib.mca.ComponentLoader;
import io.openib.mca.ComponentNames;
import io.openib.mca.LoadedComponents;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.mca.MechanismParameters;
import io.openib.mca.OpenMpisAlone;
import io.openib.mca.Origin;
import io.openib.mca.Parameter;
import io.openib.mca.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The transports that there are, with their parameters resolved. {@link Btl#open()} is all a program needs; this is for
 * those that show what there is, or bring parameters of their own.
 *
 * <p>Jars of {@code mca_component_path} stay open as long as the process lives.
 */
public final class BtlFramework {
    /** Transports of Open MPI, of any release, that a selection may name: other ways to the same peers, which are no business of ours. */
    private static final List<String> OPEN_MPI = List.of(
            "elan",
            "gm",
            "mvapi",
            "mx",
            "ofud",
            "pcie",
            "portals",
            "sctp",
            "udapl",
            "wv",
            "openib",
            "self",
            "sm",
            "smcuda",
            "vader",
            "tcp",
            "ugni",
            "usnic",
            "uct",
            "ofi",
            "portals4",
            "scif",
            "template");

    private static final ComponentKind<BtlComponent> KIND = new ComponentKind<>(
            BtlComponent.class,
            "transport",
            BtlComponent.SPI_VERSION,
            BtlComponent::name,
            BtlComponent::spiVersion,
            BtlComponent::exclusivity);

    private final List<BtlComponent> components;
    private final List<ComponentFailure> failures;
    private final McaParameters parameters;

    private BtlFramework(List<BtlComponent> components, List<ComponentFailure> failures, McaParameters parameters) {
        this.components = List.copyOf(components);
        this.failures = List.copyOf(failures);
        this.parameters = parameters;
    }

    /**
     * Finds the transports, declares their parameters and resolves all.
     *
     * @param sources where values come from; what the caller declares itself is declared already
     * @throws io.openib.mca.McaException if a parameter is wrong
     */
    public static BtlFramework load(McaParameters.Builder sources) {
        List<Parameter<?>> mechanism = new MechanismParameters().parameters();
        ComponentLoader loader = ComponentLoader.create(sources.resolveOnly(mechanism));
        LoadedComponents<BtlComponent> loaded = loader.load(KIND.after(component -> component.discover(loader)));
        List<BtlComponent> components = new ArrayList<>(loaded.components());
        sources.declare(mechanism).declare(new BtlParameters());
        components.forEach(sources::declare);
        components.sort(Comparator.comparingInt(BtlComponent::exclusivity).reversed());
        sources.leaveToOpenMpi(OpenMpisAlone.selections(BtlParameters.BTL, names(components)));
        return new BtlFramework(components, loaded.failures(), sources.resolve());
    }

    /** The transports, by falling exclusivity. */
    public List<BtlComponent> components() {
        return components;
    }

    /** What could not be loaded, and why. */
    public List<ComponentFailure> failures() {
        return failures;
    }

    /** All parameters. */
    public McaParameters parameters() {
        return parameters;
    }

    /**
     * Checks that the parameter {@code btl} leaves a transport, for who starts processes that will open one. Opens nothing.
     *
     * @throws io.openib.mca.McaException if it names what is not there, or leaves none of those there are
     */
    public void verifySelection() {
        if (!components.isEmpty() && selected().isEmpty()) {
            String name = BtlParameters.BTL.name();
            Origin origin = parameters.origin(BtlParameters.BTL);
            throw new McaException(List.of(new Problem(Problem.Kind.MALFORMED_VALUE, name, origin, none(whyNone()))));
        }
    }

    /**
     * Opens the first selected transport that can run here.
     *
     * @throws io.openib.mca.McaException if the selection names what is not there
     * @throws BtlException if none can; each one's reason is in the message
     */
    public Btl open() {
        return open(System.getenv());
    }

    /** As {@link #open()}, with these environment variables for the process's own. */
    public Btl open(Map<String, String> environment) {
        BtlContext context = new BtlContext(parameters, environment);
        List<String> reasons = new ArrayList<>();
        List<BtlException> causes = new ArrayList<>();
        for (BtlComponent component : selectedOrTold()) {
            try {
                return open(component, context);
            } catch (BtlException e) {
                reasons.add(component.name() + ": " + e.getMessage());
                causes.add(e);
            }
        }
        if (causes.size() == 1) {
            throw causes.get(0);
        }
        if (causes.isEmpty()) {
            reasons.add(whyNone());
        }
        failures.forEach(failure -> reasons.add(failure.toString()));
        BtlException none = new BtlException(none(String.join("; ", reasons)));
        causes.forEach(none::addSuppressed);
        throw none;
    }

    /** Somebody else may have written it: what it throws, but for what the user has to correct, keeps no other from opening. */
    private static Btl open(BtlComponent component, BtlContext context) {
        try {
            return component.open(context);
        } catch (BtlException | McaException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw new BtlException(component.name() + " does not open: " + ComponentFailure.why(e), e);
        }
    }

    private String none(String why) {
        return "no transport can be used (btl is \"" + parameters.value(BtlParameters.BTL) + "\", from "
                + parameters.origin(BtlParameters.BTL) + "): " + why;
    }

    private String whyNone() {
        if (components.isEmpty()) {
            return "none was found; put the jar of one, such as btl-openib, on the class path or the module path";
        }
        Origin origin = parameters.origin(BtlParameters.BTL);
        boolean isOfEnvironment = origin.kind() == Origin.Kind.ENVIRONMENT;
        return "that leaves none; there is " + namesOf(components) + ". Set OMPI_MCA_btl or --mca btl to a list with "
                + components.get(0).name() + ", or unset it"
                + (isOfEnvironment
                        ? "; many clusters' module files export OMPI_MCA_btl=^openib for Open MPI's own sake"
                        : "");
    }

    /** Where no transport is left to tell of what is odd about the parameters, this does: it may be the cause. */
    private List<BtlComponent> selectedOrTold() {
        List<BtlComponent> selected = List.of();
        try {
            selected = selected();
        } finally {
            if (selected.isEmpty()) {
                parameters.tell();
            }
        }
        return selected;
    }

    private List<BtlComponent> selected() {
        return parameters
                .value(BtlParameters.BTL)
                .select(names(components), components, BtlComponent::name, parameters.origin(BtlParameters.BTL));
    }

    private static ComponentNames names(List<BtlComponent> components) {
        return ComponentNames.of(
                        "transport", components.stream().map(BtlComponent::name).toList())
                .elsewhere(OPEN_MPI);
    }

    private static String namesOf(List<BtlComponent> components) {
        return components.stream().map(BtlComponent::name).collect(Collectors.joining(", "));
    }
}
