package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for a flush that could not be done at once, since a peer stood in the midst of an operation. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FlushWakeTest {
    @Test
    void shouldWakeWhoArmedWhileAPeerWasAtWork() throws Exception {
        DyingProducer standing = new DyingProducer(FaultPoint.CLAIMED.parameterName());
        try (LocalSide side = new LocalSide(new SoftEthernet());
                PeerProcess process = PeerProcess.start(standing, ProcessBuilder.Redirect.PIPE)) {
            CompletionChannel channel = side.device().createCompletionChannel();
            side.keep(channel);
            CompletionQueue queue = side.device().createCompletionQueue(16, channel);
            int cq = side.keep(queue);
            End near = End.open(side, QpRequest.rc().cqs(cq, cq), 0);
            End far = End.open(process.side(), QpRequest.rc(), 0);
            near.connect(near.towards(far));
            far.connect(far.towards(near));
            near.postRecv(8, 64);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(
                    () -> far.post(Send.send(1, far.region().part(0, 8))));
            awaitItsPoint(process);

            near.to(QpState.ERR);
            queue.requestNotify(false);
            near.assertNothingCompleted();
            process.kill();
            assertThat(channel.await(End.WAIT_MS)).isSameAs(queue);
            near.awaitRecv(WcStatus.WR_FLUSH_ERR);
            assertThat(sending).failsWithin(End.WAIT_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** The peer was at rest when the queue pair broke; one of its retries is under way when the queue is looked at again. */
    @Test
    void shouldWakeWhoFoundAPeerAtWorkAfterwards() throws InterruptedException {
        try (LocalSide side = new LocalSide(new SoftEthernet())) {
            CompletionChannel channel = side.device().createCompletionChannel();
            side.keep(channel);
            CompletionQueue queue = side.device().createCompletionQueue(16, channel);
            int cq = side.keep(queue);
            End near = End.open(side, QpRequest.rc().cqs(cq, cq), 0);
            End far = End.open(side, QpRequest.rc(), 0);
            near.connect(near.towards(far));
            far.connect(far.towards(near));
            near.postRecv(8, 64);
            near.to(QpState.ERR);
            RcQp peer = (RcQp) side.qp(far.qp().handle());
            queue.requestNotify(false);
            peer.shown.beginOperation();
            near.assertNothingCompleted();
            peer.shown.endOperation();
            assertThat(channel.await(End.WAIT_MS)).isSameAs(queue);
            near.awaitRecv(WcStatus.WR_FLUSH_ERR);
        }
    }

    /** Waits until it says that it stands at its fault point. */
    static void awaitItsPoint(PeerProcess process) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(process.errors(), StandardCharsets.UTF_8));
        String line = lines.readLine();
        while (line != null && !line.startsWith("soft_fault_point")) {
            line = lines.readLine();
        }
        assertThat(line).as("it stands at its point").isNotNull();
    }
}
