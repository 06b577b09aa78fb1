package io.openib.cli.conformance;

import io.openib.cli.programs.ProgramFailure;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a rank serves, and what it could serve: the text that it publishes to its job.
 *
 * @param token whoever connects has to show it; the job alone can read it
 * @param addresses of the rank's host
 * @param places {@code provider device:port}
 */
record Contact(String token, int port, List<String> addresses, List<String> places) {
    static final int TOKEN_BYTES = 32;
    /** The answer that a service gives when it can go on. */
    static final String READY = "";

    /** Under which a rank publishes its own. */
    static final String KEY = "conformance";

    private static final int CONNECT_MS = 3_000;
    /** Above the time limit of any case's own waits. */
    private static final int ANSWER_MS = 50_000;

    byte[] toBytes() {
        String text = String.join(
                "\n", token, Integer.toString(port), String.join(" ", addresses), String.join("\n", places));
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static Contact of(byte[] bytes) {
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", 4);
        return new Contact(
                lines[0],
                Integer.parseInt(lines[1]),
                Arrays.asList(lines[2].split(" ", -1)),
                lines[3].lines().toList());
    }

    /** This host's addresses: those that others can reach first. */
    static List<String> ownAddresses() {
        List<String> addresses = new ArrayList<>();
        try {
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                    .forEach(address -> addresses.add(address.getHostAddress()));
        } catch (SocketException e) {
            System.err.println("openib conformance: the network interfaces cannot be listed: " + e.getMessage());
        }
        addresses.add(InetAddress.getLoopbackAddress().getHostAddress());
        return addresses;
    }

    /** Both know the token: what the service answers. */
    static byte[] proof(byte[] token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Connects and asks for a place; empty to end the service. */
    Socket connect(int rank, String place) {
        @Nullable IOException last = null;
        for (String address : addresses) {
            try {
                return connect(address, place);
            } catch (IOException e) {
                last = e;
            }
        }
        throw new ProgramFailure("rank " + rank + " does not answer at " + addresses + " port " + port + ": " + last
                + "; see whether a firewall is between");
    }

    private Socket connect(String address, String place) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(address, port), CONNECT_MS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(ANSWER_MS);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            byte[] secret = HexFormat.of().parseHex(token);
            out.write(secret);
            out.writeUTF(place);
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            if (!MessageDigest.isEqual(in.readNBytes(TOKEN_BYTES), proof(secret))) {
                throw new IOException("somebody else answers at " + address);
            }
            String answer = in.readUTF();
            if (!answer.equals(READY)) {
                throw new IOException(answer);
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
