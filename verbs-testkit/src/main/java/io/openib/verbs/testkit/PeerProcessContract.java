package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The cases in which the peer's process is stopped, continued or killed. Who is killed is a process of the case's own. */
public interface PeerProcessContract extends VerbsContract {
    /** No code of the target runs, and still everything completes. */
    @Test
    default void shouldCompleteWithoutTheTargetsProcessor(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        byte[] bytes = fx.bytes(8000);
        pair.near().write(0, bytes);
        pair.far().write(16_384, bytes);
        pair.far().postRecv(0, 8000);
        pair.far().post(Recv.into(99));
        List<Wc> completions;
        try {
            fx.farProcess().stop();
            Region far = pair.far().region();
            pair.near().post(Send.send(1, pair.near().region().part(0, 8000)));
            pair.near().post(Send.write(2, pair.near().region().part(0, 8000), far, 8192));
            pair.near().post(Send.read(3, pair.near().region().part(8192, 8000), far, 16_384));
            pair.near().post(Send.compareAndSwap(4, pair.near().region().part(32_000, 8), far, 32_000, 0, 1));
            pair.near().post(Send.send(5));
            completions = pair.near().awaitSends(5);
        } finally {
            fx.farProcess().resume();
        }
        assertThat(completions).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        assertThat(completions).extracting(Wc::wrId).containsExactly(1L, 2L, 3L, 4L, 5L);
        List<Wc> received = pair.far().awaitRecvs(2);
        assertThat(received).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        assertThat(received).extracting(Wc::byteLength).containsExactly(8000, 0);
        assertThat(pair.far().read(0, 8000)).isEqualTo(bytes);
        assertThat(pair.far().read(8192, 8000)).isEqualTo(bytes);
        assertThat(pair.near().read(8192, 8000)).isEqualTo(bytes);
        assertThat(pair.far().read(32_000, 8)).isNotEqualTo(new byte[8]);
    }

    @Test
    default void shouldGiveUpOnAPeerThatWasKilled(VerbsFixture fx) {
        try (PeerProcess process = PeerProcess.start(fx.underTest())) {
            Pair pair = new Pair(fx.end(fx.near(), QpRequest.rc()), fx.end(process.side(), QpRequest.rc()));
            pair.connected(
                    pair.near().towards(pair.far()).retries(14, 1), pair.far().towards(pair.near()));
            Region far = pair.far().region();
            pair.far().postRecv(0, 64);
            pair.near().post(Send.write(1, pair.near().region().part(0, 64), far, 0));
            pair.near().awaitSend(WcStatus.SUCCESS);
            process.kill();
            // What is on its way in the moment of the death may still succeed.
            Deadline deadline = Deadline.after(End.WAIT_MS);
            WcStatus status;
            do {
                pair.near().post(Send.write(2, pair.near().region().part(0, 64), far, 0));
                status = pair.near().awaitSends(1).get(0).status();
            } while (status == WcStatus.SUCCESS && !deadline.isOver());
            assertThat(status).isEqualTo(WcStatus.RETRY_EXC_ERR);
            pair.near().awaitState(QpState.ERR);
            fx.near().reset();
        }
    }

    @Test
    default void shouldGiveUpOnAPeerThatIsKilledWhileItsReceivesAreWaitedFor(VerbsFixture fx) {
        try (PeerProcess process = PeerProcess.start(fx.underTest())) {
            Pair pair = new Pair(fx.end(fx.near(), QpRequest.rc()), fx.end(process.side(), QpRequest.rc()));
            pair.connected(
                    pair.near().towards(pair.far()).retries(14, 1), pair.far().towards(pair.near()));
            pair.near().post(Send.send(1, pair.near().region().part(0, 64)));
            assertThat(fx.near().await(pair.near().qp().sendCq(), 1, 30)).isEmpty();
            process.kill();
            pair.near().awaitSend(WcStatus.RETRY_EXC_ERR);
            fx.near().reset();
        }
    }

    @Test
    default void shouldServeOtherPeersWhenOneIsKilled(VerbsFixture fx) throws Exception {
        try (PeerProcess doomed = PeerProcess.start(fx.underTest())) {
            PeerProcess other = fx.farProcess();
            int cq = fx.near().createCq(256);
            Pair first = connect(fx, cq, doomed);
            Pair second = connect(fx, cq, other);
            Send write = Send.write(
                    1, first.far().region().part(0, 4096), first.near().region(), 0);
            CompletableFuture<Integer> stream = CompletableFuture.supplyAsync(
                    () -> doomed.side().repeat(first.far().qp().handle(), write, Integer.MAX_VALUE, End.WAIT_MS));
            Send otherWrite = Send.write(
                    1, second.far().region().part(0, 4096), second.near().region(), 0);
            int handle = second.far().qp().handle();
            assertThat(other.side().repeat(handle, otherWrite, 200, End.WAIT_MS))
                    .isEqualTo(200);
            doomed.kill();
            assertThat(stream).failsWithin(End.WAIT_MS, TimeUnit.MILLISECONDS);
            assertThat(other.side().repeat(handle, otherWrite, 200, End.WAIT_MS))
                    .isEqualTo(200);
            second.near().postRecv(0, 64);
            second.far().post(Send.send(7, second.far().region().part(0, 9)));
            assertThat(second.near().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(9);
            fx.near().reset();
        }
    }

    private static Pair connect(VerbsFixture fx, int cq, PeerProcess process) {
        return new Pair(fx.end(fx.near(), QpRequest.rc().cqs(cq, cq)), fx.end(process.side(), QpRequest.rc()))
                .connected();
    }

    @Test
    default void shouldConnectToANewPeerAfterOneWasKilled(VerbsFixture fx) {
        for (int round = 0; round < 2; round++) {
            try (PeerProcess process = PeerProcess.start(fx.underTest())) {
                Pair pair =
                        new Pair(fx.end(fx.near(), QpRequest.rc()), fx.end(process.side(), QpRequest.rc())).connected();
                pair.near()
                        .post(Send.write(
                                1, pair.near().region().part(0, 64), pair.far().region(), 0));
                pair.near().awaitSend(WcStatus.SUCCESS);
                process.kill();
            }
        }
    }

    @Test
    default void shouldCloseEverythingWhileAPeerStands(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        pair.far()
                .post(Send.write(1, pair.far().region().part(0, 64), pair.near().region(), 0));
        pair.far().awaitSend(WcStatus.SUCCESS);
        try {
            fx.farProcess().stop();
            fx.near().reset();
        } finally {
            fx.farProcess().resume();
        }
        pair.far()
                .post(Send.write(2, pair.far().region().part(0, 64), pair.near().region(), 0));
        pair.far().awaitSend(WcStatus.RETRY_EXC_ERR);
    }

    /** Whatever it is in the midst of: nobody waits for it who takes that away, and what has the memory next is not touched. */
    @Test
    default void shouldTakeAwayWhatAStandingPeerWritesTo(VerbsFixture fx) throws Exception {
        Pair pair = fx.rcPair();
        byte[] bytes = fx.bytes(End.REGION_BYTES);
        pair.far().write(0, bytes);
        Send write = Send.write(
                1, pair.far().region().part(0, End.REGION_BYTES), pair.near().region(), 0);
        int handle = pair.far().qp().handle();
        CompletableFuture<Integer> stream = CompletableFuture.supplyAsync(
                () -> fx.far().repeat(handle, write, Integer.MAX_VALUE, End.WAIT_MS), ConcurrencyCases::start);
        assertThat(Deadline.await(End.WAIT_MS, () -> Arrays.equals(pair.near().read(0, End.REGION_BYTES), bytes)))
                .as("it writes")
                .isTrue();
        byte[] next = fx.bytes(End.REGION_BYTES);
        Region successor;
        try {
            fx.farProcess().stop();
            fx.near().close(pair.near().qp().handle());
            fx.near().close(pair.near().region().handle());
            successor = fx.near().allocate(End.REGION_BYTES, Wiring.ALL_ACCESS);
            fx.near().write(successor.handle(), 0, next);
        } finally {
            fx.farProcess().resume();
        }
        stream.get(2 * End.WAIT_MS, TimeUnit.MILLISECONDS);
        assertThat(fx.near().read(successor.handle(), 0, End.REGION_BYTES)).isEqualTo(next);
    }
}
