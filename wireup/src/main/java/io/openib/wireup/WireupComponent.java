package io.openib.wireup;

import io.openib.mca.McaParameters;
import io.openib.mca.ParameterDeclarations;

/**
 * A scheme of connecting queue pairs. Found by {@link java.util.ServiceLoader}, in jars of ours and of others; making an
 * instance opens nothing. Its {@link #parameters()} are declared before any module is opened.
 */
public interface WireupComponent extends ParameterDeclarations {
    /** The version of this contract; a scheme returns it as it was when the scheme was compiled. */
    int SPI_VERSION = 1;

    /** Lower-case name, for example {@code oob}, up to 32 characters: the value of {@code btl_openib_cpc}. */
    String name();

    /** {@link #SPI_VERSION} as it was at compile time; another one is not used. */
    int spiVersion();

    /**
     * Whether it may be opened, with the defaults of its parameters, for a job that exists within this process alone, before
     * it is opened in earnest: so the first connection to a peer finds classes loaded and code that has run. Only for a
     * scheme that then shows nothing to anybody else, and takes nothing that anybody might miss.
     */
    default boolean isRehearsable() {
        return false;
    }

    /**
     * Opens this scheme on a port. Called once per port, and before that for a rehearsal, from any thread; does not wait
     * for a peer.
     *
     * @param port what to work with; outlives the module
     * @param parameters resolved, with this component's own among them
     * @param incoming X: told of every request of a peer from now on, possibly before this call returns
     * @throws WireupRefusedException if the scheme cannot run on this port, with the reason
     */
    WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming)
            throws WireupRefusedException;
}
