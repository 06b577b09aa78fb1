package io.openib.btl.openib;

import io.openib.mca.ComponentKind;
import io.openib.mca.ComponentNames;
import io.openib.mca.ComponentSelection;
import io.openib.mca.Level;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterDeclarations;
import io.openib.verbs.VerbsProvider;
import java.util.List;

/** Which providers of devices are used. */
public final class VerbsParameters implements ParameterDeclarations {
    /** The selection of providers. */
    public static final Parameter<ComponentSelection> PROVIDER = Parameter.selection("verbs_provider")
            .defaultValue(ComponentSelection.AUTO)
            .level(Level.USER_DETAIL)
            .help(
                    "Providers of devices that are used: names such as jna,soft; ^name for all but that one; auto for all. A pair"
                            + " of ranks uses the best kind that both have.")
            .build();

    /** What is found, and asked of it before it is used. */
    static final ComponentKind<VerbsProvider> KIND = new ComponentKind<>(
            VerbsProvider.class,
            "provider",
            VerbsProvider.SPI_VERSION,
            VerbsProvider::name,
            VerbsProvider::spiVersion,
            VerbsProvider::exclusivity);

    /** Creates the declarations; there is nothing in them but the constants. */
    public VerbsParameters() {}

    @Override
    public List<Parameter<?>> parameters() {
        return List.of(PROVIDER);
    }

    /**
     * The selected ones.
     *
     * @throws io.openib.mca.McaException if a name belongs to none; it lists those there are
     */
    public static List<VerbsProvider> select(List<VerbsProvider> providers, McaParameters parameters) {
        ComponentNames names = ComponentNames.of(
                "provider of devices",
                providers.stream().map(VerbsProvider::name).toList());
        return parameters.value(PROVIDER).select(names, providers, VerbsProvider::name, parameters.origin(PROVIDER));
    }
}
