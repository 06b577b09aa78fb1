package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Errno;
import io.openib.verbs.QpState;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Completion channels: armed queues raise one event, solicited ones only when asked so, and waits can be ended. */
interface CompletionEventCases extends VerbsContract {
    /** Long enough for an event that must not come to be noticed. */
    long QUIET_MS = 30;

    /** A near end whose receive queue has a channel, connected to a far end that sends. */
    record Listener(CompletionChannel channel, CompletionQueue cq, Pair pair) {
        static Listener open(VerbsFixture fx) {
            CompletionChannel channel = fx.device().createCompletionChannel();
            fx.near().keep(channel);
            CompletionQueue cq = fx.device().createCompletionQueue(64, channel);
            int recvCq = fx.near().keep(cq);
            int sendCq = fx.near().createCq(64);
            Pair pair = new Pair(
                            fx.end(fx.near(), QpRequest.rc().cqs(sendCq, recvCq)), fx.end(fx.far(), QpRequest.rc()))
                    .connected();
            return new Listener(channel, cq, pair);
        }

        /** With the near end's sends in the queue as well. */
        static Listener ofSends(VerbsFixture fx) {
            CompletionChannel channel = fx.device().createCompletionChannel();
            fx.near().keep(channel);
            CompletionQueue cq = fx.device().createCompletionQueue(64, channel);
            int handle = fx.near().keep(cq);
            End near = fx.end(fx.near(), QpRequest.rc().cqs(handle, handle));
            return new Listener(channel, cq, new Pair(near, fx.end(fx.far(), QpRequest.rc())).connected());
        }

        void write() {
            pair.near()
                    .post(Send.write(
                            1, pair.near().region().part(0, 8), pair.far().region(), 0));
        }

        void arrive(int flags) {
            pair.near().postRecv(0, 64);
            pair.far().post(Send.send(1, pair.far().region().part(0, 8)).flags(SendFlag.SIGNALED | flags));
            pair.far().awaitSend(WcStatus.SUCCESS);
        }

        @Nullable
        CompletionQueue await(long timeoutMs) {
            try {
                return channel.await(timeoutMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
    }

    /** What a thread does before it waits: it arms the queue, polls once more, and waits only when there is nothing. */
    static int takeOrAwait(CompletionQueue cq, CompletionChannel channel) throws InterruptedException {
        WorkCompletions batch = cq.newCompletions(4);
        assertThat(cq.requestNotify(false)).isZero();
        int found = cq.poll(batch);
        if (found == 0) {
            assertThat(channel.await(End.WAIT_MS)).isSameAs(cq);
            found = cq.poll(batch);
        }
        return found;
    }

    /** pyverbs {@code test_cq_events_rc}. */
    @Test
    default void shouldRaiseOneEventForAnArmedQueue(VerbsFixture fx) {
        Listener listener = Listener.open(fx);
        assertThat(listener.cq().channel()).isSameAs(listener.channel());
        for (int round = 0; round < 5; round++) {
            assertThat(listener.cq().requestNotify(false)).isZero();
            assertThat(listener.await(0)).isNull();
            listener.arrive(0);
            assertThat(listener.await(End.WAIT_MS)).isSameAs(listener.cq());
            listener.arrive(0);
            assertThat(listener.await(QUIET_MS)).as("the second completion").isNull();
            listener.pair().near().awaitRecvs(2);
        }
    }

    @Test
    default void shouldRaiseNoEventForAQueueThatIsNotArmed(VerbsFixture fx) {
        Listener listener = Listener.open(fx);
        listener.arrive(SendFlag.SOLICITED);
        listener.pair().near().awaitRecv(WcStatus.SUCCESS);
        assertThat(listener.await(QUIET_MS)).isNull();
    }

    @Test
    default void shouldRaiseAnEventForSolicitedMessagesOnlyWhenAskedSo(VerbsFixture fx) {
        Listener listener = Listener.open(fx);
        assertThat(listener.cq().requestNotify(true)).isZero();
        listener.arrive(0);
        assertThat(listener.await(QUIET_MS)).as("not solicited").isNull();
        listener.arrive(SendFlag.SOLICITED);
        assertThat(listener.await(End.WAIT_MS)).isSameAs(listener.cq());
    }

    @Test
    default void shouldRaiseNoEventForASendWhenOnlySolicitedOnesCount(VerbsFixture fx) {
        Listener listener = Listener.ofSends(fx);
        assertThat(listener.cq().requestNotify(true)).isZero();
        listener.write();
        assertThat(listener.await(QUIET_MS)).isNull();
        listener.pair().near().awaitSend(WcStatus.SUCCESS);
    }

    /** The stronger wish counts. */
    @Test
    default void shouldStayArmedForAnyWhenAskedForSolicitedOnesBehindThat(VerbsFixture fx) {
        Listener listener = Listener.open(fx);
        assertThat(listener.cq().requestNotify(false)).isZero();
        assertThat(listener.cq().requestNotify(true)).isZero();
        listener.arrive(0);
        assertThat(listener.await(End.WAIT_MS)).isSameAs(listener.cq());
    }

    @Test
    default void shouldBeArmedForAnyWhenAskedForThemBehindSolicitedOnes(VerbsFixture fx) {
        Listener listener = Listener.open(fx);
        assertThat(listener.cq().requestNotify(true)).isZero();
        assertThat(listener.cq().requestNotify(false)).isZero();
        listener.arrive(0);
        assertThat(listener.await(End.WAIT_MS)).isSameAs(listener.cq());
    }

    @Test
    default void shouldRaiseAnEventForErrorsWhenOnlySolicitedOnesCount(VerbsFixture fx) {
        assumeThat(fx.traits().countsFlushesAsSolicited())
                .as("flushes count as solicited")
                .isTrue();
        Listener listener = Listener.open(fx);
        listener.pair().near().postRecv(0, 64);
        assertThat(listener.cq().requestNotify(true)).isZero();
        listener.pair().near().to(QpState.ERR);
        assertThat(listener.await(End.WAIT_MS)).isSameAs(listener.cq());
        listener.pair().near().awaitRecv(WcStatus.WR_FLUSH_ERR);
    }

    /** A queue that was polled before knows nothing yet of who sends it a message for the first time. */
    @Test
    default void shouldFindTheFirstMessageOfAConnectionWhenArmedBehindIt(VerbsFixture fx) throws InterruptedException {
        Listener listener = Listener.open(fx);
        assertThat(listener.cq().poll(listener.cq().newCompletions(4))).isZero();
        listener.arrive(0);
        assertThat(takeOrAwait(listener.cq(), listener.channel())).isEqualTo(1);
    }

    @Test
    default void shouldWakeAThreadThatWaits(VerbsFixture fx) throws Exception {
        Listener listener = Listener.open(fx);
        listener.cq().requestNotify(false);
        CompletableFuture<@Nullable CompletionQueue> waiting = inThread(() -> listener.await(End.WAIT_MS));
        listener.arrive(0);
        assertThat(waiting.get(End.WAIT_MS, TimeUnit.MILLISECONDS)).isSameAs(listener.cq());
    }

    @Test
    default void shouldRaiseAnEventForASendThatCompletes(VerbsFixture fx) {
        Listener listener = Listener.ofSends(fx);
        listener.cq().requestNotify(false);
        listener.write();
        assertThat(listener.await(End.WAIT_MS)).isSameAs(listener.cq());
    }

    @Test
    default void shouldTellWhichOfSeveralQueuesHasSomething(VerbsFixture fx) {
        Listener listener = Listener.open(fx);
        CompletionQueue quiet = fx.device().createCompletionQueue(4, listener.channel());
        fx.near().keep(quiet);
        quiet.requestNotify(false);
        listener.cq().requestNotify(false);
        listener.arrive(0);
        assertThat(listener.await(End.WAIT_MS)).isSameAs(listener.cq());
        assertThat(listener.await(QUIET_MS)).isNull();
    }

    @Test
    default void shouldEndAWaitWhenWoken(VerbsFixture fx) throws Exception {
        Listener listener = Listener.open(fx);
        CompletableFuture<@Nullable CompletionQueue> waiting = inThread(() -> listener.await(End.WAIT_MS));
        listener.channel().wakeup();
        assertThat(waiting.get(End.WAIT_MS / 2, TimeUnit.MILLISECONDS)).isNull();
        listener.cq().requestNotify(false);
        listener.arrive(0);
        assertThat(listener.await(End.WAIT_MS)).isSameAs(listener.cq());
    }

    @Test
    default void shouldEndTheNextWaitWhenWokenBefore(VerbsFixture fx) throws Exception {
        Listener listener = Listener.open(fx);
        listener.channel().wakeup();
        CompletableFuture<@Nullable CompletionQueue> waiting = inThread(() -> listener.await(End.WAIT_MS));
        assertThat(waiting.get(End.WAIT_MS / 2, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    default void shouldEndAWaitWhenTheTimeIsOver(VerbsFixture fx) {
        Listener listener = Listener.open(fx);
        listener.cq().requestNotify(false);
        assertThat(listener.await(20)).isNull();
    }

    @Test
    default void shouldEndAWaitWhenTheChannelIsClosed(VerbsFixture fx) throws Exception {
        CompletionChannel channel = fx.device().createCompletionChannel();
        fx.near().keep(channel);
        Listener listener = Listener.open(fx);
        CompletableFuture<@Nullable CompletionQueue> waiting =
                inThread(() -> new Listener(channel, listener.cq(), listener.pair()).await(End.WAIT_MS));
        channel.close();
        assertThat(waiting.get(End.WAIT_MS / 2, TimeUnit.MILLISECONDS)).isNull();
    }

    /** pyverbs {@code test_create_cq_with_comp_channel}. */
    @Test
    default void shouldStayOpenWhileACompletionQueueUsesIt(VerbsFixture fx) {
        CompletionChannel channel = fx.device().createCompletionChannel();
        fx.near().keep(channel);
        CompletionQueue cq = fx.device().createCompletionQueue(4, channel);
        Refusals.assertRefused(Errno.EBUSY, channel::close);
        cq.close();
        channel.close();
    }

    private static CompletableFuture<@Nullable CompletionQueue> inThread(
            java.util.function.Supplier<@Nullable CompletionQueue> wait)
            throws ExecutionException, InterruptedException, TimeoutException {
        CompletableFuture<Void> started = new CompletableFuture<>();
        CompletableFuture<@Nullable CompletionQueue> result = CompletableFuture.supplyAsync(() -> {
            started.complete(null);
            return wait.get();
        });
        started.get(End.WAIT_MS, TimeUnit.MILLISECONDS);
        return result;
    }
}
