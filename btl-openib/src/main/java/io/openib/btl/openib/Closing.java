package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.Idle;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Lane;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a transport ends: what was accepted completes, peers are told, everything is given back; all in bounded time. */
final class Closing {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);
    private static final long GOODBYE_MS = 500;
    private static final long DRAIN_MS = 1_000;
    private static final int MAX_NAMES = 8;

    private final OpenibParts parts;
    private final IntSupplier round;

    /** {@code round} makes one round of progress. */
    Closing(OpenibParts parts, IntSupplier round) {
        this.parts = parts;
        this.round = round;
    }

    /** Waits for all that was accepted, then says goodbye. */
    void finishSends(PendingCalls pending) {
        boolean isDone = await(
                parts.closeTimeoutMs(),
                () -> pending.isEmpty()
                        && !parts.links().isWaiting()
                        && parts.inUse().allMatch(module -> isQuiet(module.path())));
        if (!isDone) {
            LOG.warn(
                    "Rank {}: not everything that was accepted completed within btl_openib_close_timeout, {} ms; left is what concerns {}",
                    parts.runtime().rank(),
                    parts.closeTimeoutMs(),
                    unfinished(pending));
        }
        parts.links().closing();
        AtomicBoolean isShut = new AtomicBoolean();
        parts.control().execute(() -> {
            parts.modules().forEach(OpenibModule::admitNobody);
            isShut.set(true);
        });
        await(GOODBYE_MS, () -> saidGoodbye() && isShut.get() && isSettled());
        await(GOODBYE_MS, () -> saidGoodbye() && parts.inUse().allMatch(module -> isQuiet(module.path())));
    }

    /** The peers for which something is left, as many as fit on a line. */
    private String unfinished(PendingCalls pending) {
        List<String> names = new ArrayList<>();
        for (int peer = 0; peer < parts.links().size(); peer++) {
            Link link = parts.links().known(peer);
            boolean isBusy = link != null && link.outbox != null && link.outbox.isBusy();
            if (link != null && (isBusy || pending.isWaiting(peer))) {
                names.add(link.name());
            }
        }
        String some = String.join(", ", names.subList(0, Math.min(names.size(), MAX_NAMES)));
        int more = names.size() - MAX_NAMES;
        return names.isEmpty() ? "lost connections" : some + (more > 0 ? " and " + more + " more" : "");
    }

    private boolean saidGoodbye() {
        boolean isSaid = true;
        for (OpenibModule module : parts.inUse().toList()) {
            isSaid &= module.path().all().sayGoodbyes();
        }
        return isSaid;
    }

    /** Whether no lane is about to come up: its peer may be connected already, and may have sent. */
    private boolean isSettled() {
        return !parts.links().hasNews()
                && parts.inUse().noneMatch(module -> module.path().all().areConnecting());
    }

    private static boolean isQuiet(FastPath path) {
        path.all().flush();
        return path.hasNoTransfers() && path.all().areQuiet();
    }

    /** Takes down what is left and gives everything back; nothing is accepted any more. */
    void end(PendingCalls pending) {
        await(DRAIN_MS, () -> pending.close(this::refuse));
        parts.links().failAll();
        AtomicBoolean isUnwired = new AtomicBoolean();
        parts.control().execute(() -> {
            parts.modules().forEach(OpenibModule::closeWiring);
            isUnwired.set(true);
        });
        Set<Lane> down = new HashSet<>();
        parts.inUse().forEach(module -> module.path().failWith(BtlStatus.CLOSED));
        // Until the wiring is closed the control thread may make a lane; the news that announces it comes before that.
        boolean isDrained = await(DRAIN_MS * 2, () -> {
            boolean isLast = isUnwired.get() && !parts.links().hasNews();
            parts.inUse().forEach(module -> takeDown(module, down));
            return isLast
                    && parts.inUse().allMatch(module -> module.path().all().areGone());
        });
        if (!isDrained) {
            parts.inUse().forEach(module -> module.path().all().giveUp());
        }
        AtomicBoolean isDestroyed = new AtomicBoolean();
        parts.control().schedule(0, () -> isDestroyed.set(true)); // behind the destruction of the last lane
        parts.control().close();
        parts.peers().close();
        quietly("the runtime", parts.runtime()::close);
        if (isDrained && isDestroyed.get()) {
            parts.modules().forEach(module -> quietly(module.port().place(), module::closeResources));
            quietly("the devices", parts.ports()::close);
        } else {
            leaveOpen();
        }
    }

    /** A device keeps who destroys waiting, as a kernel may that has trouble with its adapter. */
    private void leaveOpen() {
        LOG.warn(
                "Rank {}: connections could not be destroyed in time; {} stay open until this process ends",
                parts.runtime().rank(),
                parts.inUse().map(module -> module.port().place()).toList());
    }

    private void refuse(Call call) {
        CompletionHandler handler = call.handler;
        if (handler != null) {
            parts.modules().get(0).path().complete(handler, call.cookie, BtlStatus.CLOSED);
        }
    }

    private static void takeDown(OpenibModule module, Set<Lane> down) {
        for (int slot = 0; slot < module.path().slotLimit(); slot++) {
            Lane lane = module.path().laneAt(slot);
            if (lane != null && down.add(lane)) {
                module.retire(lane);
            }
        }
    }

    private static void quietly(String what, Runnable close) {
        try {
            close.run();
        } catch (RuntimeException e) {
            LOG.warn("Closing {} failed: {}", what, e.toString());
            LOG.info("Closing {} failed", what, e);
        }
    }

    private boolean await(long timeoutMs, BooleanSupplier isDone) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        Idle idle = Idle.backOff();
        while (!isDone.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                return false;
            }
            idle.idle(round.getAsInt());
        }
        return true;
    }
}
