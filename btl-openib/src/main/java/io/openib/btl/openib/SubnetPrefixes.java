package io.openib.btl.openib;

import io.openib.btl.openib.wire.ModexMessage.PortContact;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The subnet prefixes of InfiniBand ports, by which two fabrics are told apart, if whoever runs them has given them prefixes. */
final class SubnetPrefixes {
    /** What a subnet manager gives a fabric that was given none: {@code fe80:0000:0000:0000}. */
    static final long DEFAULT = 0xfe80L << 48;

    private SubnetPrefixes() {}

    /** What to warn of, if several of these ports are on InfiniBand with the default prefix: on one fabric, or on several. */
    static Optional<String> doubt(List<PortContact> ports) {
        List<String> places = new ArrayList<>();
        for (PortContact port : ports) {
            if (!port.isEthernet() && port.gid().subnetPrefix() == DEFAULT) {
                places.add(port.device() + ':' + port.port());
            }
        }
        if (places.size() < 2) {
            return Optional.empty();
        }
        return Optional.of("default subnet prefix: " + String.join(", ", places)
                + " all have fe80:0000:0000:0000. If they are on separate"
                + " InfiniBand fabrics, ranks may pair ports that do not reach each other: give each fabric a prefix of"
                + " its own in its subnet manager, or choose ports with btl_openib_if_include. If they are on one fabric,"
                + " btl_openib_warn_default_gid_prefix 0 silences this");
    }
}
