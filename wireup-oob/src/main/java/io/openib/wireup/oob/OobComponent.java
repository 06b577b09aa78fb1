package io.openib.wireup.oob;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.PortRange;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Wireup over TCP: works wherever processes can reach each other by IP, on every kind of port. All modules of a component share
 * one listener: on loopback alone when every process of the job is on this host, else on all addresses, which needs the job's
 * secret.
 */
public final class OobComponent implements WireupComponent {
    static final String NAME = "oob";

    private @Nullable OobListener listener;

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
        OobListener shared = listener;
        if (shared == null) {
            PortRange ports = PortRange.parse(parameters.value(OobParameters.PORT));
            shared = OobListener.open(isLocal ? InetAddress.getLoopbackAddress() : anyAddress(), ports);
            listener = shared;
        }
        try {
            return new OobModule(this, shared, addresses(port), port, parameters, incoming);
        } catch (RuntimeException | WireupRefusedException e) {
            closeIfUnused();
            throw e;
        }
    }

    private void closeIfUnused() {
        if (listener != null && listener.isUnused()) {
            listener.close();
            listener = null;
        }
    }

    synchronized void release(int number) {
        if (listener != null) {
            listener.unregister(number);
            closeIfUnused();
        }
    }

    private static InetAddress anyAddress() {
        return new InetSocketAddress(0).getAddress();
    }

    private static List<InetAddress> addresses(WireupPort port) throws WireupRefusedException {
        if (port.isJobLocal()) {
            return List.of(InetAddress.getLoopbackAddress());
        }
        List<InetAddress> found = new ArrayList<>();
        port.address().ifPresent(found::add);
        try {
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                    .filter(address -> !found.contains(address))
                    .sorted(Comparator.comparing(address -> !(address instanceof Inet4Address)))
                    .forEach(found::add);
        } catch (IOException e) {
            throw new WireupRefusedException("the host's addresses cannot be read: " + e.getMessage(), e);
        }
        if (found.isEmpty()) {
            throw new WireupRefusedException("this host has no address that other hosts can reach; give it one");
        }
        return found;
    }
}
