package io.openib.verbs.testkit;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a connection manager listens.
 *
 * @param host an address in digits
 * @param port from 1
 */
public record CmAddress(String host, int port) implements Serializable {
    static CmAddress of(InetSocketAddress address) {
        return new CmAddress(address.getAddress().getHostAddress(), address.getPort());
    }

    InetSocketAddress toSocketAddress() {
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(host + " is not in digits", e);
        }
    }
}
