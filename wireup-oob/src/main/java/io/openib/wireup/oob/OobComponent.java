package io.openib.wireup.oob;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.PortRange;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Wireup over TCP: works wherever processes can reach each other by IP, on every kind of port. The modules of a job share
 * one listener: on loopback alone when every process of the job is on this host, else on all addresses, which needs the job's
 * secret.
 */
public final class OobComponent implements WireupComponent {
    static final String NAME = "oob";

    /** By the address that each is bound to. */
    private final Map<InetAddress, OobListener> listeners = new HashMap<>();

    /** For {@link java.util.ServiceLoader}. */
    public OobComponent() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int spiVersion() {
        return WireupComponent.SPI_VERSION;
    }

    @Override
    public boolean isRehearsable() {
        return true;
    }

    @Override
    public List<Parameter<?>> parameters() {
        return OobParameters.ALL;
    }

    @Override
    public synchronized WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming)
            throws WireupRefusedException {
        boolean isLocal = port.isJobLocal();
        if (!isLocal && port.jobSecret().isEmpty()) {
            throw new WireupRefusedException(
                    "the job has processes on other hosts and no secret, without which anybody could"
                            + " connect; start it with a launcher that gives one, or set OPENIB_JOB_SECRET to the same 64 hexadecimal"
                            + " digits in all ranks");
        }
        InetAddress address = isLocal ? InetAddress.getLoopbackAddress() : anyAddress();
        OobListener shared = listenerOn(address, parameters);
        try {
            return new OobModule(this, shared, addresses(port), port, parameters, incoming);
        } catch (RuntimeException | WireupRefusedException e) {
            closeIfUnused(shared);
            throw e;
        }
    }

    private OobListener listenerOn(InetAddress address, McaParameters parameters) throws WireupRefusedException {
        OobListener shared = listeners.get(address);
        if (shared == null) {
            shared = OobListener.open(address, PortRange.parse(parameters.value(OobParameters.PORT)));
            listeners.put(address, shared);
        }
        return shared;
    }

    private void closeIfUnused(OobListener shared) {
        if (shared.isUnused() && listeners.values().remove(shared)) {
            shared.close();
        }
    }

    /** A module is closed. */
    synchronized void release(OobListener shared, int number) {
        shared.unregister(number);
        closeIfUnused(shared);
    }

    private static InetAddress anyAddress() {
        return new InetSocketAddress(0).getAddress();
    }

    private static List<InetAddress> addresses(WireupPort port) throws WireupRefusedException {
        if (port.isJobLocal()) {
            return List.of(InetAddress.getLoopbackAddress());
        }
        List<InetAddress> found = HostAddresses.reachable(port.address(), HostAddresses.interfaces());
        if (found.isEmpty()) {
            throw new WireupRefusedException("this host has no address that other hosts can reach; give it one");
        }
        return found;
    }
}
