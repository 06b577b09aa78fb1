package io.openib.wireup.rdmacm;

import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import io.openib.wireup.PortRange;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Finds an address and a port to listen on. */
final class Listening {
    private static final int BACKLOG = 1024;

    private Listening() {}

    /**
     * A listener bound to the port's device: on loopback where the device is software and the
     * whole job on this host, else on the port's address.
     *
     * @param ports of the connection manager's TCP port space, to be tried in this order
     * @throws WireupRefusedException with what was tried
     */
    static CmId open(WireupPort port, CmEventChannel channel, PortRange ports) throws WireupRefusedException {
        List<String> tried = new ArrayList<>();
        for (InetAddress address : addresses(port)) {
            for (int number = ports.first(); number <= ports.last(); number++) {
                CmId id = channel.createId();
                try {
                    id.bind(new InetSocketAddress(address, number));
                    if (id.deviceName().equals(port.device().name()) && id.port() == port.port()) {
                        id.listen(BACKLOG);
                        return id;
                    }
                    tried.add(address.getHostAddress() + " belongs to " + id.deviceName() + ":" + id.port());
                } catch (VerbsException e) {
                    tried.add(String.valueOf(e.getMessage()));
                }
                id.close();
            }
        }
        String why = tried.isEmpty() ? "it has no IP address that peers can reach" : tried.get(tried.size() - 1);
        throw new WireupRefusedException("cannot listen on " + port.place() + " (tried " + tried.size() + "): " + why
                + "; see " + RdmaCmParameters.PORT.name());
    }

    private static List<InetAddress> addresses(WireupPort port) throws WireupRefusedException {
        List<InetAddress> addresses = new ArrayList<>();
        InetAddress own = port.address().orElse(null);
        boolean hasSecret = port.jobSecret().filter(secret -> secret.length > 0).isPresent();
        if (own != null && (hasSecret || own.isLoopbackAddress())) {
            addresses.add(own);
        }
        if (port.isJobLocal()) {
            // a kernel gives loopback to any device, or to none; the software device knows it for its own
            boolean isSoftware = port.provider().exclusivity() < VerbsProvider.HARDWARE;
            addresses.add(isSoftware ? 0 : addresses.size(), InetAddress.getLoopbackAddress());
        }
        if (own != null && addresses.isEmpty()) {
            throw new WireupRefusedException("the job has no secret, and without one nobody listens on "
                    + own.getHostAddress() + "; start it with a launcher that makes one, such as openib run");
        }
        return addresses;
    }
}
