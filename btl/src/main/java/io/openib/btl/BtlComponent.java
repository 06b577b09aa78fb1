package io.openib.btl;

import io.openib.mca.ComponentLoader;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterDeclarations;
import java.util.List;

/**
 * A kind of transport, found by {@link java.util.ServiceLoader}. Making an instance opens nothing. The calls come in this
 * order, from one thread: {@link #discover}, {@link #parameters}, {@link #open}.
 */
public interface BtlComponent extends ParameterDeclarations {
    /** The version of this SPI that a component compiled against it returns from {@link #spiVersion()}. */
    int SPI_VERSION = 1;

    /** Lower-case name, by which the parameter {@code btl} selects it, for example {@code openib}. */
    String name();

    /** {@link #SPI_VERSION} as it was when the component was compiled. */
    int spiVersion();

    /** Ranks transports: the higher is tried first. */
    int exclusivity();

    /** Loads the component's own components, which have parameters too. */
    void discover(ComponentLoader loader);

    /** The parameters of the component and of all it discovered. */
    @Override
    List<Parameter<?>> parameters();

    /**
     * Joins the job. On one rank of each host the transport {@linkplain io.openib.mca.McaParameters#tell() tells} of the
     * parameters' warnings, of which nobody has heard yet; and so it does, on each rank, where it cannot join.
     *
     * @throws BtlException if it cannot run here: why, and what to do
     */
    Btl open(BtlContext context);
}
