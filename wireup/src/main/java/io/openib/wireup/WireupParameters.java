package io.openib.wireup;

import io.openib.mca.ComponentSelection;
import io.openib.mca.Level;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterDeclarations;
import java.util.List;

/** The parameters of wireup as a whole. */
public final class WireupParameters implements ParameterDeclarations {
    /** Which schemes to use. */
    public static final Parameter<ComponentSelection> CPC = Parameter.selection("btl_openib_cpc")
            .synonym("btl_openib_cpc_include")
            .synonym("btl_openib_cpc_exclude", text -> "^" + text)
            .defaultValue(ComponentSelection.parse("oob"))
            .level(Level.USER_BASIC)
            .help(
                    "How queue pairs get connected: a wireup's name; several, in the order to try them; ^name for all but that"
                            + " one; auto for the best that both sides have.")
            .build();

    /** How many attempts a module has under way at a time. */
    public static final Parameter<Integer> MAX_ATTEMPTS = Parameter.integer("btl_openib_connect_max_attempts")
            .range(1, 65_536)
            .defaultValue(64)
            .level(Level.TUNER_DETAIL)
            .help(
                    "Connections that are being made at a time; further ones wait their turn. Over oob there may be three times as"
                            + " many beside whose peers give no answer.")
            .build();

    /** Creates the declarations; there is nothing in them but the constants. */
    public WireupParameters() {}

    @Override
    public List<Parameter<?>> parameters() {
        return List.of(CPC, MAX_ATTEMPTS);
    }
}
