package io.openib.verbs.jna;

import io.openib.mca.Level;
import io.openib.mca.MechanismParameters;
import io.openib.mca.Parameter;
import java.util.List;

/** The parameters of this provider, and the one of the mechanism by which it finds ways to call. */
final class JnaParameters {
    static final Parameter<NativeCalls> NATIVE_CALLS = Parameter.enumeration("verbs_native_calls", NativeCalls.class)
            .defaultValue(NativeCalls.AUTO)
            .level(Level.TUNER_ALL)
            .help(
                    "How the functions that post and poll are called; auto takes the fastest that is there; ffm needs Java 22 or later and the jar of verbs-ffm.")
            .build();

    static final Parameter<String> IBVERBS_LIBRARY = library("verbs_ibverbs_library", IbverbsLibrary.STANDARD_NAME);

    static final Parameter<String> RDMACM_LIBRARY = library("verbs_rdmacm_library", RdmacmLibrary.STANDARD_NAME);

    static final List<Parameter<?>> ALL =
            List.of(NATIVE_CALLS, IBVERBS_LIBRARY, RDMACM_LIBRARY, MechanismParameters.COMPONENT_PATH);

    private JnaParameters() {}

    private static Parameter<String> library(String name, String standard) {
        return Parameter.string(name)
                .check(text -> text.isBlank() ? "is no file or library name" : null)
                .defaultValue(standard)
                .level(Level.TUNER_DETAIL)
                .help("The library to load: a file, or a name that the dynamic linker looks up.")
                .build();
    }
}
