package io.openib.btl;

import io.openib.mca.ComponentSelection;
import io.openib.mca.Level;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterDeclarations;
import java.util.List;

/** The parameters of the selection itself. */
public final class BtlParameters implements ParameterDeclarations {
    /** Which transports may be used. */
    public static final Parameter<ComponentSelection> BTL = Parameter.selection("btl")
            .defaultValue(ComponentSelection.AUTO)
            .level(Level.USER_BASIC)
            .help("Which transports may be used: a list, ^ before a list for all but these, or auto.")
            .build();

    /** Creates the declarations; there is nothing in them but the constants. */
    public BtlParameters() {}

    @Override
    public List<Parameter<?>> parameters() {
        return List.of(BTL);
    }
}
