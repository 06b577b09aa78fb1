package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Gid;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.Attachments;
import io.openib.verbs.soft.arena.CrowdedTable;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.PortAddress;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A process that others come to and go from all its life: they use up nothing, and what they sent before they went arrives.
 * {@code -Dopenib.soft.visits=N} says how many come.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyVisitorsTest {
    /** Far more than there are places in any table. */
    private static final int VISITS = Integer.getInteger("openib.soft.visits", 3000);

    /** When everything has been made that is made once. */
    private static final int SETTLED = 50;

    private static final int RECEIVES = 64;
    private static final int SLOT_BYTES = 64;
    private static final int LEFT = 200;

    private final JobDevice device =
            new JobDevice("job-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    private final LocalSide host = new LocalSide(device);
    private final int cq = host.createCq(1024);
    private final int srq = host.createSrq(RECEIVES, 1);
    private final Region slots = host.allocate(RECEIVES * SLOT_BYTES, Wiring.ALL_ACCESS);
    private final End datagrams = End.open(host, QpRequest.ud(), 0).connect(Wiring.none());

    private final Set<Long> seenDatagrams = new HashSet<>();

    @AfterEach
    void removeTheJobsFolder() throws IOException {
        host.close();
        Files.deleteIfExists(device.folder());
    }

    @Test
    void shouldGoOnHoweverManyHaveComeAndGone() throws Exception {
        for (int slot = 0; slot < RECEIVES; slot++) {
            post(slot);
            datagrams.postRecv(slot * SLOT_BYTES, SLOT_BYTES);
        }
        Process visitors = startVisitors();
        long filesAtFirst = 0;
        long descriptorsAtFirst = 0;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(visitors.getInputStream(), StandardCharsets.US_ASCII))) {
            String line = lines.readLine();
            for (int visit = 0; visit < VISITS; visit++) {
                line = receive(visit, line, lines, visitors);
                if (visit == SETTLED) {
                    awaitKnown(0); // the next one is there, and is still to be told of this process
                    filesAtFirst = count(folderOfHost());
                    descriptorsAtFirst = count(Path.of("/proc/self/fd"));
                }
            }
            assertThat(line).isEqualTo("gone");
        } finally {
            visitors.destroyForcibly();
        }
        awaitKnown(0);
        // One that comes before all of the last one is given back may need a segment more; a leak would need five.
        assertThat(count(folderOfHost()))
                .as(
                        "files of the host's arena: %s",
                        Arrays.toString(folderOfHost().toFile().list()))
                .isLessThanOrEqualTo(filesAtFirst + 1);
        assertThat(count(Path.of("/proc/self/fd"))).as("descriptors").isLessThan(descriptorsAtFirst + SETTLED);
    }

    /** Every other one is seen while it is there, the rest when they have gone, files and all. Gives what is said next. */
    private String receive(int visit, String where, BufferedReader lines, Process visitors) throws IOException {
        assertThat(where).as("visitor %d", visit).matches("[-0-9 ]+");
        boolean isAwaited = visit % 2 == 0;
        long[] its = Victim.numbers(where);
        PortAddress own = host.address();
        QpRef qp = serve(own.withGid(new Gid(its[0], its[1])), (int) its[2]);
        say(
                visitors,
                Victim.line(
                        own.gidPrefix(),
                        own.gidInterface(),
                        qp.number(),
                        datagrams.qp().number(),
                        isAwaited ? 1 : 0));
        String next = lines.readLine();
        List<Wc> came = host.await(cq, 1, End.WAIT_MS);
        assertThat(came)
                .as("message of visitor %d", visit)
                .extracting(Wc::status)
                .containsExactly(WcStatus.SUCCESS);
        assertThat(numberIn(slots, came.get(0).wrId() * SLOT_BYTES)).isEqualTo(visit);
        post(came.get(0).wrId());
        takeDatagram(visit, isAwaited);
        host.close(qp.handle());
        if (isAwaited) {
            assertThat(next).startsWith("stays");
            say(visitors, "seen");
            next = lines.readLine();
        }
        return next;
    }

    /** A datagram goes with who sent it, unless it was seen before. Those of earlier visitors may come late. */
    private void takeDatagram(int visit, boolean isCertain) {
        do {
            int cqOfDatagrams = datagrams.qp().recvCq();
            List<Wc> came = isCertain ? datagrams.awaitRecvs(1) : host.poll(cqOfDatagrams, 1);
            for (Wc datagram : came) {
                assertThat(datagram.status()).isEqualTo(WcStatus.SUCCESS);
                long number = numberIn(datagrams.region(), datagram.wrId() + UdQp.GRH_BYTES);
                assertThat(number).isBetween(0L, (long) visit);
                assertThat(seenDatagrams.add(number))
                        .as("datagram %d came once", number)
                        .isTrue();
                datagrams.postRecv((int) datagram.wrId(), SLOT_BYTES);
            }
        } while (isCertain && !seenDatagrams.contains((long) visit));
    }

    private long numberIn(Region region, long offset) {
        return ByteBuffer.wrap(host.read(region.handle(), offset, Long.BYTES)).getLong();
    }

    private void post(long slot) {
        assertThat(host.postSrqRecv(srq, Recv.into(slot, slots.part(slot * SLOT_BYTES, SLOT_BYTES))))
                .isZero();
    }

    private QpRef serve(PortAddress peer, int peerQp) {
        QpRef qp = host.createQp(QpRequest.rc().cqs(cq, cq).srq(srq));
        Wiring wiring = Wiring.to(peer, peerQp, 0, 0);
        host.toInit(qp.handle(), wiring);
        host.toRtr(qp.handle(), wiring);
        host.toRts(qp.handle(), wiring);
        return qp;
    }

    private Process startVisitors() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Visitor.class.getName(),
                        device.folder().getFileName().toString(),
                        Integer.toString(VISITS))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void say(Process visitors, String line) throws IOException {
        visitors.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        visitors.getOutputStream().flush();
    }

    private SoftAdapter adapter() {
        return ((SoftDevice) host.device()).adapter();
    }

    private Path folderOfHost() {
        return adapter().arena().folder();
    }

    /** No more are known than are there; the polls are the program's part in it. */
    private void awaitKnown(int most) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(End.WAIT_MS);
        while (known() > most && System.nanoTime() - endNs < 0) {
            assertThat(host.poll(cq, 1)).isEmpty();
            takeDatagram(VISITS, false);
            LockSupport.parkNanos(100_000);
        }
        assertThat(known()).as("peers that are known").isLessThanOrEqualTo(most);
    }

    private long known() {
        int attached = Attachments.ids(adapter().arena()).size();
        return Math.max(lenders(), Math.max(adapter().peers().count(), attached));
    }

    /** Those who have left something in the host's folder: from-ID-SEGMENT. */
    private long lenders() {
        try (Stream<Path> files = Files.list(folderOfHost())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("from-"))
                    .map(name -> name.substring(0, name.lastIndexOf('-')))
                    .distinct()
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long count(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The table of who has attached is full of the dead, of whom this process never heard. */
    @Test
    void shouldMakeRoomForWhoComesToAFullTable() {
        CrowdedTable.fill(adapter().arena());
        post(0);
        try (PeerProcess process = PeerProcess.start(device)) {
            End late = End.open(process.side(), QpRequest.rc(), 0);
            QpRef qp = serve(process.side().address(), late.number());
            late.connect(Wiring.to(host.address(), qp.number(), 0, 0));
            late.post(Send.send(1, late.region().part(0, 8)));
            late.awaitSend(WcStatus.SUCCESS);
            assertThat(host.await(cq, 1, End.WAIT_MS)).extracting(Wc::wrId).containsExactly(0L);
            awaitKnown(1);
        }
    }

    /** What has completed with success at its sender arrives, though the sender's arena goes before it was looked at. */
    @Test
    void shouldReceiveWhatWasSentByWhoHasGone() {
        End far = End.open(host, QpRequest.rc().depths(LEFT, LEFT), 0);
        try (PeerProcess process = PeerProcess.start(device)) {
            End near = End.open(process.side(), QpRequest.rc(), 0);
            far.connect(far.towards(near));
            near.connect(near.towards(far));
            // From here on its rings lie in segments that nobody else has mapped.
            process.side().allocate(300 << 10, Wiring.ALL_ACCESS);
            for (int message = 0; message < LEFT; message++) {
                far.postRecv(message * Long.BYTES, Long.BYTES);
                near.write(0, ByteBuffer.allocate(8).putLong(message).array());
                near.post(Send.send(message, near.region().part(0, 8)));
                near.awaitSend(WcStatus.SUCCESS);
            }
        }
        assertThat(count(device.folder())).as("arenas that are left").isEqualTo(1);
        List<Wc> came = far.awaitRecvs(LEFT);
        assertThat(came).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        for (int message = 0; message < LEFT; message++) {
            assertThat(came.get(message).wrId()).isEqualTo((long) message * Long.BYTES);
            assertThat(numberIn(far.region(), (long) message * Long.BYTES)).isEqualTo(message);
        }
    }

    /** One completion queue for datagrams and connections: a process has an inbox of its own for each. */
    @Test
    void shouldTakeMessagesAndDatagramsOfOneProcessInOneQueue() {
        QpRef both = host.createQp(QpRequest.ud().cqs(cq, cq));
        host.toInit(both.handle(), Wiring.none());
        host.toRtr(both.handle(), Wiring.none());
        host.postRecv(both.handle(), Recv.into(7, slots.part(SLOT_BYTES, SLOT_BYTES)));
        post(0);
        try (PeerProcess process = PeerProcess.start(device)) {
            End sender = End.open(process.side(), QpRequest.ud(), 0).connect(Wiring.none());
            int handle = process.side().createAddressHandle(host.address());
            sender.post(Send.send(1, sender.region().part(0, 8)).destination(handle, both.number(), Wiring.QKEY));
            sender.awaitSend(WcStatus.SUCCESS);
            assertThat(host.await(cq, 1, End.WAIT_MS)).extracting(Wc::wrId).containsExactly(7L);
            End near = End.open(process.side(), QpRequest.rc(), 0);
            QpRef qp = serve(process.side().address(), near.number());
            near.connect(Wiring.to(host.address(), qp.number(), 0, 0));
            near.post(Send.send(2, near.region().part(0, 8)));
            near.awaitSend(WcStatus.SUCCESS);
            assertThat(host.await(cq, 1, End.WAIT_MS)).extracting(Wc::wrId).containsExactly(0L);
        }
    }
}
