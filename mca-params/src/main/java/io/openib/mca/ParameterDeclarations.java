package io.openib.mca;

import java.util.List;

/** What a component exports: the parameters that it reads. */
@FunctionalInterface
public interface ParameterDeclarations {
    /** Every parameter of this component, in the order in which they shall be listed; always the same instances. */
    List<Parameter<?>> parameters();

    /** Names of Open MPI's that may be set as if this component had them, and change nothing; most components have none. */
    default List<NameWithoutEffect> namesWithoutEffect() {
        return List.of();
    }

    /** Which values in files that Open MPI reads too are passed over, as they make no sense but for it; most components have none. */
    default List<OpenMpisAlone<?>> openMpisAlone() {
        return List.of();
    }
}
