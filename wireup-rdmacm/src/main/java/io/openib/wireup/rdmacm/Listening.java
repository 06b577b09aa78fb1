package io.openib.wireup.rdmacm;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import io.openib.wireup.PortRange;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds an address and a port to listen on. */
final class Listening {
    private static final int BACKLOG = 1024;

    private final WireupPort port;
    private final CmEventChannel channel;
    private final PortRange ports;
    private final List<String> elsewhere = new ArrayList<>();
    private final List<String> taken = new ArrayList<>();

    /**
     * Tries nothing yet.
     *
     * @param ports of the connection manager's TCP port space, to be tried in this order
     */
    Listening(WireupPort port, CmEventChannel channel, PortRange ports) {
        this.port = port;
        this.channel = channel;
        this.ports = ports;
    }

    /**
     * A listener bound to the port's device: on loopback where the device is software and the
     * whole job on this host, else on the port's address. A port of InfiniBand tells none: its IPoIB interface's is the
     * first of the host's that the connection manager binds to that port.
     *
     * @throws WireupRefusedException with what was tried
     */
    CmId open() throws WireupRefusedException {
        return open(port.address().isPresent() ? List.of() : hostAddresses());
    }

    /** The same where the host has these addresses. */
    CmId open(List<InetAddress> ofHost) throws WireupRefusedException {
        for (InetAddress address : addresses(ofHost)) {
            CmId id = listener(address);
            if (id != null) {
                return id;
            }
        }
        if (taken.isEmpty()) {
            refuseWithoutSecret(port.address().map(List::of).orElse(ofHost));
        }
        int tries = elsewhere.size() + taken.size();
        throw new WireupRefusedException("cannot listen on " + port.place() + " (tried " + tries + "): " + trouble());
    }

    private String trouble() {
        if (taken.isEmpty() && port.address().isEmpty()) {
            return "no IP address of this host leads there; give the port an IPoIB address, or set btl_openib_cpc to oob";
        }
        List<String> told = taken.isEmpty() ? elsewhere : taken;
        return told.get(told.size() - 1) + "; see " + RdmaCmParameters.PORT.name();
    }

    private @Nullable CmId listener(InetAddress address) {
        for (int number = ports.first(); number <= ports.last(); number++) {
            CmId id = channel.createId();
            try {
                id.bind(new InetSocketAddress(address, number));
                if (id.deviceName().equals(port.device().name()) && id.port() == port.port()) {
                    id.listen(BACKLOG);
                    return id;
                }
                elsewhere.add(address.getHostAddress() + " belongs to " + id.deviceName() + ":" + id.port());
                id.close();
                return null;
            } catch (VerbsException e) {
                id.close();
                if (e.errno() == Errno.ENODEV || e.errno() == Errno.EADDRNOTAVAIL) {
                    elsewhere.add(String.valueOf(e.getMessage()));
                    return null;
                }
                taken.add(String.valueOf(e.getMessage()));
            }
        }
        return null;
    }

    private List<InetAddress> addresses(List<InetAddress> ofHost) throws WireupRefusedException {
        List<InetAddress> own = port.address().map(List::of).orElse(ofHost);
        List<InetAddress> addresses = new ArrayList<>(own);
        addresses.removeIf(this::isBarred);
        if (port.isJobLocal()) {
            // a kernel gives loopback to any device, or to none; the software device knows it for its own
            boolean isSoftware = port.provider().exclusivity() < VerbsProvider.HARDWARE;
            addresses.add(isSoftware ? 0 : addresses.size(), InetAddress.getLoopbackAddress());
        }
        if (addresses.isEmpty()) {
            refuseWithoutSecret(own);
        }
        return addresses;
    }

    private boolean isBarred(InetAddress address) {
        return !address.isLoopbackAddress()
                && port.jobSecret().filter(secret -> secret.length > 0).isEmpty();
    }

    private void refuseWithoutSecret(List<InetAddress> own) throws WireupRefusedException {
        for (InetAddress address : own) {
            if (isBarred(address)) {
                throw new WireupRefusedException("the job has no secret, and without one nobody listens on "
                        + address.getHostAddress()
                        + "; start it with a launcher that makes one, such as openib run, or give all ranks the same"
                        + " OPENIB_JOB_SECRET (64 hexadecimal digits)");
            }
        }
    }

    /** Those that peers can reach, IPv4 first. */
    private static List<InetAddress> hostAddresses() throws WireupRefusedException {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                    .sorted(Comparator.comparing(address -> !(address instanceof Inet4Address)))
                    .toList();
        } catch (SocketException e) {
            throw new WireupRefusedException("the host's addresses cannot be read: " + e.getMessage(), e);
        }
    }
}
