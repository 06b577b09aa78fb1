package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.FastPathResources;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.wireup.ControlExecutor;
import io.openib.wireup.QueuePairOwner;
import io.openib.wireup.QueuePairSet;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/** The lanes of a module from their making to their destruction: their numbers, and the queue pair sets by which wireups know them. Of the control thread. */
final class ModuleLanes implements QueuePairOwner {
    private final OpenPort port;
    private final ControlExecutor control;
    private final MpscUnboundedAtomicArrayQueue<Runnable> news;
    private final PortSettings settings;
    private final Supplier<FastPath> path;
    private final Consumer<Lane> takeDown;
    private final LaneSets sets = new LaneSets();
    private final LaneNumbers numbers;

    /**
     * @param port whose they are
     * @param control the control thread
     * @param news work for the owner
     * @param settings of queue pairs
     * @param path of the module, once it is in use
     * @param takeDown has the owner take a lane down, on the owner
     * @param numbers of lanes
     */
    ModuleLanes(
            OpenPort port,
            ControlExecutor control,
            MpscUnboundedAtomicArrayQueue<Runnable> news,
            PortSettings settings,
            Supplier<FastPath> path,
            Consumer<Lane> takeDown,
            LaneNumbers numbers) {
        this.port = port;
        this.control = control;
        this.news = news;
        this.settings = settings;
        this.path = path;
        this.takeDown = takeDown;
        this.numbers = numbers;
    }

    /**
     * Makes one, of which the owner is told.
     *
     * @param wanted how many there may be at most, but for what the device can do
     * @throws VerbsException if the device refuses, or has room for no more
     */
    QueuePairSet make(FastPathResources resources, int peer, int wanted) {
        int slot = numbers.next();
        if (slot < 0) {
            int most = resources.maxLanes();
            String remedy = most < wanted
                    ? "; the device has completion queues for no more: shorten btl_openib_receive_queues"
                    : "";
            throw new VerbsException(
                    "ibv_create_qp",
                    port.place(),
                    Errno.ENOMEM,
                    "all " + most + " connections that there may be at a time are in use, or not drained yet" + remedy);
        }
        Lane lane = resources.newLane(path.get(), peer, slot);
        try {
            QueuePairSet set = QueuePairSet.initialize(lane.queuePairs(), settings.current(), this);
            numbers.take(slot, peer);
            sets.add(set, lane);
            lane.onTraffic(set::noteCompletion);
            news.offer(() -> path.get().announce(lane));
            return set;
        } catch (RuntimeException e) {
            lane.destroy();
            throw e;
        }
    }

    @Override
    public void postReceives(QueuePairSet set) {
        int code = lane(set).map(Lane::postReceives).orElse(-Errno.EINVAL);
        if (code != 0) {
            throw new VerbsException("ibv_post_recv", port.place(), -code, "the receives of a new connection");
        }
    }

    @Override
    public void probe(QueuePairSet set, ProbeAnswer answer) {
        Optional<Lane> lane = lane(set);
        if (lane.isEmpty()) {
            answer.onAnswer(false);
            return;
        }
        news.offer(() -> path.get().probe(lane.get(), (cookie, status) -> answer.onAnswer(status == BtlStatus.OK)));
    }

    @Override
    public void discard(QueuePairSet set) {
        control.execute(() -> lane(set).ifPresent(this::end));
    }

    /** Has a lane taken down. */
    void end(Lane lane) {
        numbers.retiring(lane.slot());
        news.offer(() -> takeDown.accept(lane));
    }

    /** Empty once it is destroyed. */
    Optional<Lane> lane(QueuePairSet set) {
        return sets.lane(set);
    }

    /** Empty once it is destroyed. */
    Optional<QueuePairSet> set(Lane lane) {
        return sets.set(lane);
    }

    /** Destroys one that the owner is through with. */
    void destroy(Lane lane) {
        lane.destroy();
        sets.remove(lane);
    }
}
