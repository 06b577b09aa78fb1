package io.openib.mca;

import java.util.List;

/** What a component exports: the parameters that it reads. */
@FunctionalInterface
public interface ParameterDeclarations {
    /** Every parameter of this component, in the order in which they shall be listed; always the same instances. */
    List<Parameter<?>> parameters();
}
