package io.openib.verbs.soft;

import io.openib.verbs.Gid;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PortAddress;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The main class of a client that opens its device, sends a message and a datagram, and closes it, again and again: each
 * time it is another peer. Lines of numbers go both ways.
 */
public final class Visitor {
    private static final int REGION_BYTES = 4096;
    private static final long WAIT_MS = 20_000;

    private final LocalSide side;
    private final BufferedReader in;
    private final QpRef connected;
    private final QpRef datagrams;
    private final Region memory;

    private Visitor(LocalSide side, BufferedReader in) {
        this.side = side;
        this.in = in;
        this.connected = side.createQp(QpRequest.rc());
        this.datagrams = side.createQp(QpRequest.ud());
        this.memory = side.allocate(REGION_BYTES, Wiring.ALL_ACCESS);
    }

    /** The job's folder, and how many visits. */
    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (int visit = 0; visit < Integer.parseInt(args[1]); visit++) {
            try (LocalSide side = new LocalSide(new JobDevice(args[0]))) {
                Visitor visitor = new Visitor(side, in);
                PortAddress own = side.address();
                out.println(Victim.line(own.gidPrefix(), own.gidInterface(), visitor.connected.number()));
                visitor.visit(out, visit);
            }
        }
        out.println("gone");
    }

    private void visit(PrintStream out, long message) throws IOException {
        long[] host = Victim.numbers(in.readLine());
        PortAddress address = side.address().withGid(new Gid(host[0], host[1]));
        connect(connected, Wiring.to(address, (int) host[2], 0, 0));
        connect(datagrams, Wiring.none());
        side.write(memory.handle(), 0, ByteBuffer.allocate(8).putLong(message).array());
        Send send = Send.send(1, memory.part(0, 8));
        post(datagrams, send.destination(side.createAddressHandle(address), (int) host[3], Wiring.QKEY));
        post(connected, Send.send(2, memory.part(0, 8)));
        if (host[4] != 0) {
            out.println("stays until it is seen");
            in.readLine();
        }
    }

    private void connect(QpRef qp, Wiring wiring) {
        side.toInit(qp.handle(), wiring);
        side.toRtr(qp.handle(), wiring);
        side.toRts(qp.handle(), wiring);
    }

    private void post(QpRef qp, Send send) {
        int result = side.post(qp.handle(), send);
        List<Wc> done = side.await(qp.sendCq(), 1, WAIT_MS);
        if (result != 0 || done.size() != 1 || done.get(0).status() != WcStatus.SUCCESS) {
            throw new IllegalStateException("ibv_post_send: " + result + ", completed: " + done);
        }
    }
}
