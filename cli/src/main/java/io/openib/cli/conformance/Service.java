package io.openib.cli.conformance;

import io.openib.cli.programs.ProgramFailure;
import io.openib.verbs.VerbsException;
import io.openib.verbs.testkit.CallLink;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.SideLink;
import io.openib.wireup.testkit.LocalStage;
import io.openib.wireup.testkit.PeerStage;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The far side of the cases: serves rank 0, one connection after the other, until it says that all is done. */
final class Service implements AutoCloseable {
    /** A stranger who says nothing holds up rank 0 no longer than this. */
    private static final int GREETING_MS = 2_000;
    /** Between two calls of a suite: above its longest case. */
    private static final int SILENCE_MS = 120_000;
    /** Rank 0 serves the ranks before this one first, for as long as its suites take; its death is told by the launcher. */
    private static final int TURN_MS = 24 * 3_600_000;

    private final ServerSocket server;
    private final byte[] token = new byte[Contact.TOKEN_BYTES];
    private final List<Place> places;
    private final List<Scheme> schemes;
    private volatile String end = "";

    Service(List<Place> places, List<Scheme> schemes, boolean isOneHost) throws IOException {
        this.places = places;
        this.schemes = schemes;
        server = isOneHost ? new ServerSocket(0, 8, InetAddress.getLoopbackAddress()) : new ServerSocket(0);
        server.setSoTimeout(TURN_MS);
        new SecureRandom().nextBytes(token);
    }

    Contact contact() {
        List<String> names = places.stream()
                .map(place -> place.source().name() + " " + place.name())
                .toList();
        return new Contact(HexFormat.of().formatHex(token), server.getLocalPort(), Contact.ownAddresses(), names);
    }

    /** Returns when rank 0 is done; fails when it is silent for too long, or is gone. */
    void run() throws IOException {
        while (true) {
            try (Socket socket = server.accept()) {
                if (!serve(socket)) {
                    return;
                }
            } catch (SocketException e) {
                if (end.isEmpty()) {
                    throw e;
                }
                throw new ProgramFailure(end);
            }
        }
    }

    /**
     * Ends the wait for rank 0. From any thread.
     *
     * @param why what {@link #run} then fails with
     */
    void end(String why) {
        end = why;
        try {
            close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether there is more to do. */
    private boolean serve(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        String wanted;
        try {
            socket.setSoTimeout(GREETING_MS);
            socket.setTcpNoDelay(true);
            if (!MessageDigest.isEqual(in.readNBytes(Contact.TOKEN_BYTES), token)) {
                return true;
            }
            wanted = in.readUTF();
            out.write(Contact.proof(token));
        } catch (IOException e) {
            return true; // a stranger, who is of no interest
        }
        socket.setSoTimeout(SILENCE_MS);
        if (wanted.isEmpty()) {
            out.writeUTF(Contact.READY);
            return false;
        }
        serve(wanted, in, out);
        return true;
    }

    private void serve(String wanted, DataInputStream in, DataOutputStream out) throws IOException {
        Request request = Request.of(wanted);
        Place place = places.stream()
                .filter(here -> here.name().equals(request.place()))
                .findFirst()
                .orElseThrow(() -> new IOException("rank 0 asks for " + request.place() + ", which is not here"));
        if (request.scheme().isEmpty()) {
            serveDevice(place, in, out);
        } else {
            serveWireup(request.scheme(), place, in, out);
        }
    }

    private static void serveDevice(Place place, DataInputStream in, DataOutputStream out) throws IOException {
        try (LocalSide side = new LocalSide(place)) {
            out.writeUTF(Contact.READY);
            out.flush();
            SideLink.serve(side, in, out);
        } catch (VerbsException e) {
            out.writeUTF(String.valueOf(e.getMessage()));
        }
    }

    private void serveWireup(String name, Place place, DataInputStream in, DataOutputStream out) throws IOException {
        Scheme scheme = schemes.stream()
                .filter(here -> here.name().equals(name))
                .findFirst()
                .orElse(null);
        if (scheme == null) {
            out.writeUTF("there is no wireup " + name + " there");
            return;
        }
        out.writeUTF(Contact.READY);
        out.flush();
        LocalStage stage = new LocalStage(RankWireup.fabric(place), scheme::newComponent);
        try {
            CallLink.serve(Map.of(PeerStage.class, () -> stage), in, out);
        } finally {
            stage.reset();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
