package io.openib.verbs.soft.cm;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.ConnectionParameters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/** What librdmacm and the kernel refuse with EINVAL before anything is sent. */
final class CmChecks {
    private static final int MAX_QP_NUMBER = 0xffffff;
    private static final int MAX_DEPTH = 255;
    private static final int MAX_RETRIES = 7;

    private CmChecks() {}

    static void resolved(String call, InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw new VerbsException(
                    call, address.getHostString(), Errno.EINVAL, "the host name has no address, look it up first");
        }
    }

    static void parameters(String call, String place, ConnectionParameters parameters, int privateDataLimit) {
        privateData(call, place, parameters.privateData(), privateDataLimit);
        range(call, place, "queue pair number", parameters.qpNumber(), MAX_QP_NUMBER);
        range(call, place, "responder_resources", parameters.responderResources(), MAX_DEPTH);
        range(call, place, "initiator_depth", parameters.initiatorDepth(), MAX_DEPTH);
        range(call, place, "retry_count", parameters.retryCount(), MAX_RETRIES);
        range(call, place, "rnr_retry_count", parameters.rnrRetryCount(), MAX_RETRIES);
    }

    static void privateData(String call, String place, byte[] privateData, int limit) {
        if (privateData.length > limit) {
            throw new VerbsException(
                    call,
                    place,
                    Errno.EINVAL,
                    privateData.length + " bytes of private data, at most " + limit + " go with it");
        }
    }

    private static void range(String call, String place, String name, int value, int most) {
        if (value < 0 || value > most) {
            throw new VerbsException(call, place, Errno.EINVAL, name + " is " + value + ", it goes from 0 to " + most);
        }
    }

    /** Whether an interface of this host has the address, a device of ours or not. */
    static boolean isHosts(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }

    /** An address as people write it. */
    static String print(InetSocketAddress address) {
        return address.isUnresolved()
                ? address.toString()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
