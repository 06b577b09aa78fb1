package io.openib.cli.launch;

import io.openib.runtime.HostName;
import io.openib.runtime.PeerDeath;
import io.openib.runtime.Pmi1Listener;
import io.openib.runtime.Pmi1Server;
import io.openib.runtime.Pmi1ServerOptions;
import io.openib.runtime.RankStage;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * A running job, seen from its launcher. One thread, the caller's, decides everything; process ends, aborts and signals
 * come to it through a queue.
 *
 * <p>The rank that is named is the {@linkplain FirstFailure first} that failed.
 *
 * <p>When a rank fails, the others are told over PMI and have {@value Countdown#GRACE_MS} ms to report and end; then come SIGTERM
 * and, {@value Countdown#TERMINATION_MS} ms later, SIGKILL. A signal to the launcher is passed on and begins the same countdown. A rank that
 * the kernel does not let go is waited for {@value Countdown#LAST_MS} ms more, and then left.
 */
public final class Job {
    private static final int KILLED = 9;

    private final JobSpec spec;
    private final Teller teller;
    private final String host = HostName.local();
    private final BlockingQueue<JobEvent> events = new LinkedBlockingQueue<>();
    private final List<RankProcess> ranks = new ArrayList<>();
    private final List<CompletableFuture<Void>> ends = new ArrayList<>();
    private final Countdown countdown = new Countdown();
    private final Leftovers leftovers = new Leftovers(ProcessHandle.current()::descendants);
    private final Consumer<Consumer<JobEvent.Signalled>> signals;
    private final BiFunction<Starter, Integer, RankProcess> starting;
    private int running;
    private int status;
    private boolean isSignalled;
    private final FirstFailure firstFailure = new FirstFailure();
    /** A rank has failed, and which was the first is not told yet. */
    private boolean isBlaming;

    /**
     * A job that {@link #run(List)} runs.
     *
     * @param signals has somebody told of signals to this process
     * @param starting starts a rank
     */
    Job(
            JobSpec spec,
            PrintStream messages,
            Consumer<Consumer<JobEvent.Signalled>> signals,
            BiFunction<Starter, Integer, RankProcess> starting) {
        this.spec = spec;
        this.teller = new Teller(messages);
        this.signals = signals;
        this.starting = starting;
    }

    /**
     * Runs a job to its end. No rank of it is left when this returns, but for what SIGKILL does not end, and unless all ended
     * well nothing that ranks have started.
     *
     * @param sharedMemory where the ranks' software devices may put shared memory; the job's is removed at its end
     * @param messages where failures of ranks are told, a line each
     * @return 0, or the status of the first rank that failed; 128 and the signal's number if a signal ended it
     * @throws LaunchException if it cannot be started
     */
    public static int run(JobSpec spec, List<Path> sharedMemory, PrintStream messages) {
        OpenFiles.check(spec.size());
        return new Job(spec, messages, Signals::handle, Starter::start).run(sharedMemory);
    }

    int run(List<Path> sharedMemory) {
        Pmi1ServerOptions options = Pmi1ServerOptions.ofSize(spec.size()).listener(new Listener());
        signals.accept(events::add);
        try (teller;
                Pmi1Server server = Pmi1Server.open(options)) {
            boolean isWell = false;
            JobFolder folder = new JobFolder(sharedMemory, server.jobId());
            try {
                start(new Starter(spec, server, folder.environment()));
                supervise(server);
                isWell = status == 0;
            } finally {
                kill();
                awaitEnds();
                folder.remove();
                if (!isWell) {
                    leftovers.kill(server.environment(0));
                }
            }
        }
        return status;
    }

    private void start(Starter starter) {
        for (int rank = 0; rank < spec.size() && !isSignalWaiting(); rank++) {
            RankProcess started = starting.apply(starter, rank);
            ranks.add(started);
            running++;
            ends.add(started.process()
                    .onExit()
                    .thenAccept(process -> events.add(new JobEvent.RankEnded(started.rank(), process.exitValue()))));
        }
    }

    private boolean isSignalWaiting() {
        return events.stream().anyMatch(event -> event instanceof JobEvent.Signalled);
    }

    private void supervise(Pmi1Server server) {
        try {
            while (isUnfinished()) {
                JobEvent event = events.poll(countdown.waitMs(), TimeUnit.MILLISECONDS);
                if (event == null) {
                    advance();
                } else {
                    handle(event, server);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(ExitStatus.ofSignal(KILLED));
        }
    }

    /** A signal that came before all were started still waits for its turn. */
    private boolean isUnfinished() {
        return (running > 0 && !countdown.isOver()) || (ranks.size() < spec.size() && status == 0);
    }

    private void handle(JobEvent event, Pmi1Server server) {
        if (event instanceof JobEvent.RankEnded ended) {
            onRankEnded(ended, server);
        } else if (event instanceof JobEvent.RankLeft left) {
            firstFailure.onLeft(left.rank());
        } else if (event instanceof JobEvent.Aborted aborted) {
            fail(aborted.status());
            tell("rank " + aborted.rank() + " ends the job with status " + aborted.status() + ": " + aborted.message());
        } else if (event instanceof JobEvent.Refused refused) {
            tell(refused.reason());
        } else if (event instanceof JobEvent.Signalled signalled) {
            onSignal(signalled);
        }
    }

    private void onRankEnded(JobEvent.RankEnded ended, Pmi1Server server) {
        running--;
        RankProcess rank = ranks.get(ended.rank());
        RankStage stage = server.stage(ended.rank());
        if (ended.status() != 0 || stage != RankStage.FINALIZED) {
            // A rank that ended well but never joined, or never left, is no failure; the others may wait for it all the
            // same.
            server.rankDied(new PeerDeath(ended.rank(), host, rank.pid(), ExitStatus.sentence(ended.status(), stage)));
        }
        firstFailure.onEnded(ended);
        if (ended.status() != 0 && status == 0) {
            isBlaming = true;
            fail(ended.status());
        }
        if (isBlaming) {
            String grace = "; the others have " + Countdown.GRACE_MS / 1_000 + " s to end";
            firstFailure.known().ifPresent(first -> blame(first, running == 0 ? "" : grace));
        }
    }

    private void blame(JobEvent.RankEnded first, String more) {
        isBlaming = false;
        status = first.status();
        tell(ranks.get(first.rank()) + " " + ExitStatus.sentence(first.status()) + more);
    }

    /** What ends from now on may do so because it is told to. */
    private void blameNow() {
        if (isBlaming) {
            firstFailure.ofEnded().ifPresent(first -> blame(first, ""));
        }
    }

    private void onSignal(JobEvent.Signalled signalled) {
        blameNow();
        if (isSignalled) {
            kill();
            countdown.skipToTheLast();
            return;
        }
        isSignalled = true;
        leftovers.note(ranks);
        Signals.send(signalled.name(), ranks);
        fail(ExitStatus.ofSignal(signalled.number()));
    }

    private void fail(int newStatus) {
        if (status == 0) {
            status = newStatus;
            leftovers.note(ranks);
            countdown.begin();
        }
    }

    private void advance() {
        switch (countdown.advance()) {
            case TERMINATION -> {
                blameNow();
                tellLate("sending SIGTERM");
                leftovers.note(ranks);
                ranks.forEach(rank -> rank.process().destroy());
            }
            case KILL -> {
                tellLate("sending SIGKILL");
                kill();
            }
            default ->
                tellLate("the kernel does not let go of what SIGKILL has ended, as a rule in a device's driver;"
                        + " leaving that behind");
        }
    }

    private void tellLate(String what) {
        List<Integer> late = ranks.stream()
                .filter(RankProcess::isAlive)
                .map(RankProcess::rank)
                .toList();
        tell("still running: rank" + (late.size() == 1 ? " " : "s ")
                + String.join(", ", late.stream().map(String::valueOf).toList()) + "; " + what);
    }

    private void kill() {
        leftovers.note(ranks);
        ranks.forEach(rank -> rank.process().destroyForcibly());
    }

    /** Those that were left behind cost no second wait. */
    private void awaitEnds() {
        CompletableFuture<Void> all = CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
        try {
            all.get(countdown.isOver() ? 0 : Countdown.LAST_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return; // told of, or there is nobody whom it could be told
        } catch (ExecutionException e) {
            throw new IllegalStateException("a rank's end is counted, which cannot fail", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(String sentence) {
        teller.tell("openib run: " + sentence);
    }

    /** Passes on what the server's thread hears. */
    private final class Listener implements Pmi1Listener {
        @Override
        public void onFinalized(int rank) {
            events.add(new JobEvent.RankLeft(rank));
        }

        @Override
        public void onAbort(int rank, int abortStatus, String message) {
            events.add(new JobEvent.Aborted(rank, abortStatus, message));
        }

        @Override
        public void onRefused(String reason) {
            events.add(new JobEvent.Refused(reason));
        }
    }
}
