package io.openib.btl.openib;

import io.openib.btl.BtlException;
import io.openib.mca.ComponentFailure;
import io.openib.mca.InterfaceSelection;
import io.openib.mca.McaParameters;
import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.PkeyChoice;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every usable port of every provider, and why the others are not used: the best kind first, of one kind the quickest first, of these
 * the nearest to this rank's processors, and of ports as quick and near as the first another one first for each rank of a host, so that
 * the ranks share them.
 */
final class OpenPorts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenPorts.class);

    private final McaParameters parameters;
    private final InterfaceSelection selection;
    private final int turn;
    private final Locality locality;
    private final List<OpenPort> ports = new ArrayList<>();
    private final List<Device> devices = new ArrayList<>();
    private final List<ProtectionDomain> domains = new ArrayList<>();
    /** The numbers of those that are closed. */
    private final BitSet left = new BitSet();

    private final List<String> known = new ArrayList<>();
    private final List<Unused> unused = new ArrayList<>();
    private List<String> absent = List.of();

    /**
     * Opens the devices.
     *
     * @param turn of the ranks of this host, the which this is
     * @param locality of this rank
     * @throws BtlException if no port can be used; it says why for each
     * @throws io.openib.mca.McaException if none of the devices that are to be included is there
     */
    OpenPorts(List<VerbsProvider> providers, McaParameters parameters, int turn, Locality locality) {
        this.parameters = parameters;
        this.turn = turn;
        this.locality = locality;
        this.selection = InterfaceSelection.of(
                parameters, OpenibParameters.IF_INCLUDE.name(), OpenibParameters.IF_EXCLUDE.name());
        try {
            openAll(providers);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void openAll(List<VerbsProvider> providers) {
        providers.stream()
                .sorted(Comparator.comparingInt(VerbsProvider::exclusivity).reversed())
                .forEach(this::open);
        absent = selection.verify(known);
        if (ports.isEmpty()) {
            List<String> why = new ArrayList<>(absent);
            why.add(0, unused.isEmpty() ? whyNoProvider() : Unused.texts(unused));
            throw new BtlException("no active ports found: " + String.join("; ", why));
        }
    }

    private String whyNoProvider() {
        return parameters.isDefault(VerbsParameters.PROVIDER)
                ? "there is no provider of devices; put a jar such as verbs-soft on the class path"
                : "verbs_provider = " + parameters.value(VerbsParameters.PROVIDER) + " ("
                        + parameters.origin(VerbsParameters.PROVIDER) + ") leaves no provider of devices";
    }

    /** Why devices and ports that were found are not used. */
    List<Unused> unused() {
        return unused;
    }

    /** Of each name in the parameters that no device or port has, a sentence. */
    List<String> absent() {
        return absent;
    }

    List<OpenPort> ports() {
        return ports;
    }

    /** Those of the devices that are open, by device number. */
    Map<Integer, ProtectionDomain> domains() {
        Map<Integer, ProtectionDomain> open = new TreeMap<>();
        for (int number = 0; number < domains.size(); number++) {
            if (!left.get(number)) {
                open.put(number, domains.get(number));
            }
        }
        return open;
    }

    /** Closes the devices that are not used: nobody would look at what they report, and they would stay as long as the job. */
    void closeAllBut(IntPredicate isUsed) {
        for (int number = 0; number < devices.size(); number++) {
            if (!left.get(number) && !isUsed.test(number)) {
                left.set(number);
                close(devices.get(number));
            }
        }
    }

    private static void close(Device device) {
        try {
            device.close();
        } catch (VerbsException e) {
            LOG.warn("Closing {}, which is not used, failed: {}", device.name(), e.getMessage());
        }
    }

    private void open(VerbsProvider provider) {
        int first = ports.size();
        try {
            Availability availability = provider.availability();
            if (!availability.isUsable()) {
                String text = provider.name() + ": " + availability.reason();
                unused.add(
                        availability.isAbsent() ? Unused.asExpected(provider, text) : Unused.trouble(provider, text));
                return;
            }
            for (String name : provider.deviceNames()) {
                known.add(name);
                Optional<String> leftOut = selection.whyWithout(name);
                if (leftOut.isPresent()) {
                    unused.add(Unused.asExpected(provider, name + ": " + leftOut.get()));
                } else {
                    open(provider, name);
                }
            }
            order(ports.subList(first, ports.size()));
        } catch (RuntimeException | LinkageError e) { // others may have written it
            unused.add(Unused.trouble(provider, provider.name() + ": " + ComponentFailure.why(e)));
        }
    }

    private void order(List<OpenPort> ofOneKind) {
        if (ofOneKind.size() < 2) {
            return;
        }
        Map<OpenPort, Integer> distances = new HashMap<>();
        ofOneKind.forEach(port -> distances.put(port, distance(port)));
        Comparator<OpenPort> order = Comparator.comparingLong(OpenPorts::speedMbps)
                .reversed()
                .thenComparingInt(port -> Objects.requireNonNull(distances.get(port)));
        ofOneKind.sort(order);
        OpenPort first = ofOneKind.get(0);
        int equals = (int) ofOneKind.stream()
                .filter(port -> order.compare(port, first) == 0)
                .count();
        long groups = ofOneKind.stream()
                .filter(port -> speedMbps(port) == speedMbps(first))
                .map(distances::get)
                .distinct()
                .count();
        // Ranks mostly go to the nodes by turns, so that those of one node have each second turn, say.
        Collections.rotate(ofOneKind.subList(0, equals), -(int) (turn / groups));
    }

    private int distance(OpenPort port) {
        return parameters.value(OpenibParameters.IGNORE_LOCALITY)
                ? Locality.NEAR
                : locality.distance(port.device().numaNode());
    }

    private static long speedMbps(OpenPort port) {
        return port.attributes().speedMbps();
    }

    private void open(VerbsProvider provider, String name) {
        try {
            Device device = provider.open(name);
            ProtectionDomain pd = domainOf(device, name);
            int number = devices.size();
            devices.add(device); // closed with the others, whatever is thrown
            domains.add(pd);
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                add(provider, device, number, pd, port);
            }
        } catch (RuntimeException | LinkageError e) { // others may have written it
            unused.add(Unused.trouble(provider, name + ": " + ComponentFailure.why(e)));
        }
    }

    /** A device without one is closed: its number would be that of the next one's domain. */
    private ProtectionDomain domainOf(Device device, String name) {
        try {
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                known.add(name + ':' + port);
            }
            return device.allocProtectionDomain();
        } catch (RuntimeException | Error e) {
            device.close();
            throw e;
        }
    }

    private void add(VerbsProvider provider, Device device, int number, ProtectionDomain pd, int port) {
        String place = device.name() + ':' + port;
        int max = parameters.value(OpenibParameters.MAX_BTLS);
        PortAttributes attributes = device.queryPort(port);
        Optional<String> leftOut = selection.whyWithout(device.name(), port);
        if (leftOut.isPresent()) {
            unused.add(Unused.asExpected(provider, place + ": " + leftOut.get()));
        } else if (attributes.state() != PortState.ACTIVE) {
            unused.add(Unused.trouble(
                    provider, place + ": the port is " + attributes.state() + ", not ACTIVE" + remedy(attributes)));
        } else if (!hasPkey(device, port)) {
            unused.add(Unused.trouble(provider, place + ": its P_Key table " + lack()));
        } else if (max >= 0 && ports.size() >= max) {
            unused.add(Unused.asExpected(provider, place + ": btl_openib_max_btls is " + max));
        } else {
            ports.add(new OpenPort(provider, device, number, pd, port, attributes));
        }
    }

    private static String remedy(PortAttributes attributes) {
        return attributes.linkLayer() == LinkLayer.ETHERNET
                ? "; see to its network interface (ip link set ... up), cable and switch"
                : "; see to cable, switch and subnet manager";
    }

    private String lack() {
        return parameters.value(OpenibParameters.PKEY) == 0
                ? "is empty; see to the subnet manager"
                : "does not hold btl_openib_pkey";
    }

    private boolean hasPkey(Device device, int port) {
        return PkeyChoice.row(device, port, parameters.value(OpenibParameters.PKEY))
                .isPresent();
    }

    /** A device closes what is open on it: a domain alone would refuse while something of it is. */
    @Override
    public void close() {
        for (Device device : devices) {
            device.close();
        }
    }
}
