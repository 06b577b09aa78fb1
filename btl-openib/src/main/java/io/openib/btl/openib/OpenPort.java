package io.openib.btl.openib;

import io.openib.verbs.Device;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;

/**
 * A port that can be used.
 *
 * @param provider where its device comes from
 * @param device opened
 * @param deviceNumber this process's number for the device
 * @param pd the protection domain that all ports of the device share
 * @param port its number
 * @param attributes as they were at the start
 */
record OpenPort(
        VerbsProvider provider,
        Device device,
        int deviceNumber,
        ProtectionDomain pd,
        int port,
        PortAttributes attributes) {
    /** For example {@code soft0:1}. */
    String place() {
        return device.name() + ':' + port;
    }

    /** Whether it is ACTIVE now, as far as it can be asked. */
    boolean isActive() {
        try {
            return device.queryPort(port).state() == PortState.ACTIVE;
        } catch (VerbsException e) {
            return false;
        }
    }

    /** What explains a failure and no completion tells: the port is not ACTIVE now; empty if it is, or nobody knows. */
    String trouble() {
        try {
            PortState state = device.queryPort(port).state();
            return state == PortState.ACTIVE ? "" : "; port " + place() + " is " + state;
        } catch (VerbsException e) {
            return "";
        }
    }
}
