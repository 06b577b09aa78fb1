package io.openib.btl.openib;

import io.openib.btl.BtlException;
import io.openib.mca.ComponentNames;
import io.openib.mca.ComponentSelection;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Every usable port of every provider, the best kind first, and why the others are not used. */
final class OpenPorts implements AutoCloseable {
    private static final int PKEY_MASK = 0x7fff;

    private final McaParameters parameters;
    private final List<OpenPort> ports = new ArrayList<>();
    private final List<Device> devices = new ArrayList<>();
    private final List<ProtectionDomain> domains = new ArrayList<>();
    private final List<String> known = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();

    /**
     * Opens the devices.
     *
     * @throws BtlException if no port can be used; it says why for each
     */
    OpenPorts(List<VerbsProvider> providers, McaParameters parameters) {
        this.parameters = parameters;
        providers.stream()
                .sorted(Comparator.comparingInt(VerbsProvider::exclusivity).reversed())
                .forEach(this::open);
        try {
            checkNames(OpenibParameters.IF_INCLUDE);
            checkNames(OpenibParameters.IF_EXCLUDE);
        } catch (McaException e) {
            close();
            throw e;
        }
        if (ports.isEmpty()) {
            close();
            throw new BtlException(
                    "no active ports found: " + (reasons.isEmpty() ? whyNoProvider() : String.join("; ", reasons)));
        }
    }

    private String whyNoProvider() {
        return parameters.isDefault(VerbsParameters.PROVIDER)
                ? "there is no provider of devices; put a jar such as verbs-soft on the class path"
                : "verbs_provider = " + parameters.value(VerbsParameters.PROVIDER) + " ("
                        + parameters.origin(VerbsParameters.PROVIDER) + ") leaves no provider of devices";
    }

    /** A device or port that is named must be there: whoever mistypes one would silently use another. */
    private void checkNames(Parameter<List<String>> parameter) {
        List<String> names = parameters.value(parameter);
        if (!names.isEmpty()) {
            new ComponentSelection(ComponentSelection.Mode.INCLUDE, names)
                    .apply(ComponentNames.of("device or port", known), parameters.origin(parameter));
        }
    }

    /** Why devices and ports that were found are not used. */
    List<String> reasons() {
        return reasons;
    }

    List<OpenPort> ports() {
        return ports;
    }

    /** By device number. */
    List<ProtectionDomain> domains() {
        return domains;
    }

    private void open(VerbsProvider provider) {
        Availability availability = provider.availability();
        if (!availability.isUsable()) {
            reasons.add(provider.name() + ": " + availability.reason());
            return;
        }
        try {
            for (String name : provider.deviceNames()) {
                known.add(name);
                if (isSelected(name, name)) {
                    open(provider, name);
                } else {
                    reasons.add(name + ": left out by btl_openib_if_include or btl_openib_if_exclude");
                }
            }
        } catch (VerbsException e) {
            reasons.add(provider.name() + ": " + e.getMessage());
        }
    }

    private void open(VerbsProvider provider, String name) {
        try {
            Device device = provider.open(name);
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                known.add(name + ':' + port);
            }
            int number = devices.size();
            ProtectionDomain pd = domainOf(device);
            devices.add(device);
            domains.add(pd);
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                add(provider, device, number, pd, port);
            }
        } catch (VerbsException e) {
            reasons.add(name + ": " + e.getMessage());
        }
    }

    private static ProtectionDomain domainOf(Device device) {
        try {
            return device.allocProtectionDomain();
        } catch (VerbsException e) {
            device.close();
            throw e;
        }
    }

    private void add(VerbsProvider provider, Device device, int number, ProtectionDomain pd, int port) {
        String place = device.name() + ':' + port;
        int max = parameters.value(OpenibParameters.MAX_BTLS);
        PortAttributes attributes = device.queryPort(port);
        if (attributes.state() != PortState.ACTIVE) {
            reasons.add(place + ": the port is " + attributes.state() + ", not ACTIVE");
        } else if (!isSelected(device.name(), place)) {
            reasons.add(place + ": left out by btl_openib_if_include or btl_openib_if_exclude");
        } else if (!hasPkey(device, port, attributes)) {
            reasons.add(place + ": its P_Key table does not hold btl_openib_pkey");
        } else if (max >= 0 && ports.size() >= max) {
            reasons.add(place + ": btl_openib_max_btls is " + max);
        } else {
            ports.add(new OpenPort(provider, device, number, pd, port, attributes));
        }
    }

    private boolean isSelected(String device, String place) {
        List<String> included = parameters.value(OpenibParameters.IF_INCLUDE);
        List<String> excluded = parameters.value(OpenibParameters.IF_EXCLUDE);
        if (excluded.contains(device) || excluded.contains(place)) {
            return false;
        }
        boolean isDeviceAsked =
                device.equals(place) && included.stream().anyMatch(name -> name.startsWith(device + ':'));
        return included.isEmpty() || included.contains(device) || included.contains(place) || isDeviceAsked;
    }

    private boolean hasPkey(Device device, int port, PortAttributes attributes) {
        return pkeyIndex(device, port, attributes, parameters.value(OpenibParameters.PKEY)) >= 0;
    }

    /** The row of the P_Key table; 0 for any key; -1 if it is not there. */
    static int pkeyIndex(Device device, int port, PortAttributes attributes, int pkey) {
        if (pkey == 0) {
            return 0;
        }
        for (int i = 0; i < attributes.pkeyTableLength(); i++) {
            if (((device.queryPkey(port, i) ^ pkey) & PKEY_MASK) == 0) {
                return i;
            }
        }
        return -1;
    }

    /** A device closes what is open on it: a domain alone would refuse while something of it is. */
    @Override
    public void close() {
        for (Device device : devices) {
            device.close();
        }
    }
}
