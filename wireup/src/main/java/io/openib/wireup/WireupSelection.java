package io.openib.wireup;

import io.openib.mca.ComponentKind;
import io.openib.mca.ComponentNames;
import io.openib.mca.ComponentSelection;
import io.openib.mca.McaParameters;
import io.openib.mca.OpenMpisAlone;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which schemes to use, and which of them with a peer. Both sides reach the same answer from what both published.
 *
 * <p>A scheme is published with its own priority, 0 to 100; where the user gave an order ({@code a,b}), with
 * {@value #FIRST} for the first, one less for the next, and so on. With a peer, each scheme that both published counts with
 * the higher of its two priorities; the candidates go from the highest to the lowest, equal ones by name.
 */
public final class WireupSelection {
    /** What is found, and asked of it before it is used. */
    public static final ComponentKind<WireupComponent> KIND = new ComponentKind<>(
            WireupComponent.class,
            "wireup",
            WireupComponent.SPI_VERSION,
            WireupComponent::name,
            WireupComponent::spiVersion,
            component -> {});

    /** The published priority of the first scheme of a list that the user wrote. */
    public static final int FIRST = 255;

    private static final int LEAST_OF_LIST = 101;

    /** Schemes of Open MPI's, of one release or another, that there are none of here. */
    private static final List<String> OPEN_MPI = List.of("udcm", "xoob", "ibcm");

    private WireupSelection() {}

    /**
     * The components that {@link WireupParameters#CPC} selects, in the order in which they are meant. Schemes of Open MPI's
     * that none of them is are passed over, unless there is no other in the selection.
     *
     * @param components all that were found
     * @throws io.openib.mca.McaException if a name belongs to none of them; it lists those there are
     */
    public static List<WireupComponent> select(List<WireupComponent> components, McaParameters parameters) {
        ComponentSelection selection = parameters.value(WireupParameters.CPC);
        return selection.select(
                names(namesOf(components), selection),
                components,
                WireupComponent::name,
                parameters.origin(WireupParameters.CPC));
    }

    /**
     * The names that a selection may have.
     *
     * @param known the names of all components that were found
     */
    public static ComponentNames names(Collection<String> known, ComponentSelection selection) {
        ComponentNames ours = ComponentNames.of("wireup", known).synonym("rdma_cm", "rdmacm");
        ComponentNames all = ours.elsewhere(OPEN_MPI);
        boolean isOfOpenMpisAlone = selection.mode() == ComponentSelection.Mode.INCLUDE && selection.leavesNone(all);
        return isOfOpenMpisAlone ? ours : all;
    }

    /** The selections in files that Open MPI reads too which leave none of these components. */
    public static OpenMpisAlone<ComponentSelection> openMpisAlone(List<WireupComponent> components) {
        return OpenMpisAlone.selections(WireupParameters.CPC, names(namesOf(components), ComponentSelection.AUTO));
    }

    /** The schemes of Open MPI's that {@link #select} passes over though they were asked for. */
    static List<String> passedOver(List<WireupComponent> components, ComponentSelection selection) {
        ComponentNames names = names(namesOf(components), selection);
        return selection.mode() == ComponentSelection.Mode.INCLUDE
                ? selection.names().stream()
                        .filter(name -> names.canonical(name).isEmpty())
                        .toList()
                : List.of();
    }

    private static List<String> namesOf(List<WireupComponent> components) {
        return components.stream().map(WireupComponent::name).toList();
    }

    /**
     * The priority to publish for a scheme.
     *
     * @param selection the user's
     * @param own the module's
     * @param position of the scheme among the selected, from 0
     */
    static int published(ComponentSelection selection, int own, int position) {
        return selection.mode() == ComponentSelection.Mode.INCLUDE
                ? Math.max(LEAST_OF_LIST, FIRST - position)
                : Math.max(0, Math.min(100, own));
    }

    /**
     * The schemes to try with a peer, best first; the same on both sides.
     *
     * @param here what this side published
     * @param there what the peer published, each scheme once
     * @return the peer's offers of the schemes that both have
     */
    public static List<SchemeOffer> candidates(List<SchemeOffer> here, List<SchemeOffer> there) {
        Map<String, Integer> own = new HashMap<>();
        here.forEach(offer -> own.merge(offer.scheme(), offer.priority(), Math::max));
        List<SchemeOffer> common = new ArrayList<>(
                there.stream().filter(offer -> own.containsKey(offer.scheme())).toList());
        Comparator<SchemeOffer> byScore =
                Comparator.comparingInt(offer -> -Math.max(offer.priority(), own.getOrDefault(offer.scheme(), 0)));
        common.sort(byScore.thenComparing(SchemeOffer::scheme));
        return common;
    }
}
