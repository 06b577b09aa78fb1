package io.openib.wireup;

import io.openib.mca.ComponentNames;
import io.openib.mca.ComponentSelection;
import io.openib.mca.McaParameters;
import java.util.ArrayList;
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
    /** The published priority of the first scheme of a list that the user wrote. */
    public static final int FIRST = 255;

    private static final int LEAST_OF_LIST = 101;

    private WireupSelection() {}

    /**
     * The components that {@link WireupParameters#CPC} selects, in the order in which they are meant.
     *
     * @param components all that were found
     * @throws io.openib.mca.McaException if a name belongs to none of them; it lists those there are
     */
    public static List<WireupComponent> select(List<WireupComponent> components, McaParameters parameters) {
        List<String> known = components.stream().map(WireupComponent::name).toList();
        ComponentNames names = ComponentNames.of("wireup", known).synonym("rdma_cm", "rdmacm");
        return parameters
                .value(WireupParameters.CPC)
                .select(names, components, WireupComponent::name, parameters.origin(WireupParameters.CPC));
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
