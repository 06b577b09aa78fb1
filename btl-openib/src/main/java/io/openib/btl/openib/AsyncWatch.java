package io.openib.btl.openib;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.Device;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsException;
import io.openib.wireup.ControlExecutor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for what devices report by themselves, some times a second. Of the control thread. */
final class AsyncWatch {
    private static final Logger LOG = LoggerFactory.getLogger(AsyncWatch.class);
    private static final long INTERVAL_MS = 100;
    private static final int OFTEN = 20;

    /** A queue that all connections of a port share is not made anew: on it the next one would hang. */
    private static final Set<AsyncEventType> ENDS =
            EnumSet.of(AsyncEventType.DEVICE_FATAL, AsyncEventType.CQ_ERR, AsyncEventType.SRQ_ERR);

    private final ControlExecutor control;
    private final MpscUnboundedAtomicArrayQueue<Runnable> news;
    private final List<OpenibModule> modules;
    private final List<OpenibModule> watched;
    private int looksLeft;

    AsyncWatch(ControlExecutor control, MpscUnboundedAtomicArrayQueue<Runnable> news, List<OpenibModule> modules) {
        this.control = control;
        this.news = news;
        this.modules = List.copyOf(modules);
        this.watched = new ArrayList<>(modules);
    }

    /** Looks now, and again and again until the control thread ends. */
    void look() {
        if (lookOnce()) {
            control.schedule(INTERVAL_MS, this::look);
        }
    }

    /** Looks now, and for a moment as often as can be: something is about to be reported that somebody waits for. */
    void lookOften() {
        boolean isLooking = looksLeft > 0;
        looksLeft = OFTEN;
        if (!isLooking) {
            lookOn();
        }
    }

    private void lookOn() {
        looksLeft--;
        if (lookOnce() && looksLeft > 0) {
            control.schedule(1, this::lookOn);
        }
    }

    private boolean lookOnce() {
        try {
            for (OpenibModule module : List.copyOf(watched)) {
                look(module);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void look(OpenibModule module) throws InterruptedException {
        Device device = module.port().device();
        try {
            // First, so that a port is asked in the next round: just now it may say what it was before the event.
            PortOutage outage = module.outage();
            if (outage.look(System.nanoTime())) {
                module.loseAll("port " + module.port().place() + " was not ACTIVE again within " + outage.grace()
                        + " of PORT_ERR");
            }
            AsyncEvent event = device.nextAsyncEvent(0);
            while (event != null) {
                handle(module, event);
                event = device.nextAsyncEvent(0);
            }
            renewSettings(device);
        } catch (VerbsException e) {
            LOG.warn("Device {}: asynchronous events cannot be read any more: {}", device.name(), e.getMessage());
            watched.remove(module);
        }
    }

    private void handle(OpenibModule from, AsyncEvent event) {
        String device = from.port().device().name();
        if (event.type() == AsyncEventType.QP_LAST_WQE_REACHED) {
            if (event.element() instanceof QueuePair qp) {
                of(from.port().device()).forEach(module -> module.lastReceiveTaken(qp.number()));
            }
            return;
        }
        LOG.info("Device {}: {} (port {})", device, event.type(), event.port());
        String why = "device " + device + " reports " + event.type();
        List<OpenibModule> concerned = of(from.port().device());
        if (ENDS.contains(event.type())) {
            abandon(from.port().device(), ended(concerned, event.element()), why);
            return;
        }
        for (OpenibModule module : concerned) {
            if (event.port() == module.port().port()) {
                onPortEvent(module, event.type());
            }
        }
    }

    private static void onPortEvent(OpenibModule module, AsyncEventType type) {
        if (type == AsyncEventType.PORT_ERR) {
            module.outage().begin(System.nanoTime());
        }
        module.settings().onEvent(type);
    }

    /** Once for all that was reported; a device that is given up is not asked any more. */
    private void renewSettings(Device device) {
        for (OpenibModule module : of(device)) {
            if (!module.isAbandoned()) {
                module.settings().renew();
            }
        }
    }

    /** The port whose queue it is, if an event names one of a port; else all of the device. Those that have ended before do not end again. */
    private static List<OpenibModule> ended(List<OpenibModule> ofDevice, @Nullable AutoCloseable queue) {
        boolean isOfOne = queue != null && ofDevice.stream().anyMatch(module -> module.holds(queue));
        return ofDevice.stream()
                .filter(module -> !module.isAbandoned() && (queue == null || !isOfOne || module.holds(queue)))
                .toList();
    }

    /** The owner learns of the end of all of them before it tells of any: none is the way around another. */
    private void abandon(Device device, List<OpenibModule> concerned, String why) {
        news.offer(() -> {
            concerned.forEach(module -> module.end(why));
            concerned.forEach(OpenibModule::loseForGood);
        });
        concerned.forEach(module -> module.abandon(() -> closeWhenAllHaveLetGo(device)));
    }

    private List<OpenibModule> of(Device device) {
        return modules.stream()
                .filter(module -> module.port().device() == device)
                .toList();
    }

    /** Nothing of ours may keep a device that is removed: until it is closed the kernel waits, and with it the administrator. */
    private void closeWhenAllHaveLetGo(Device device) {
        if (of(device).stream().allMatch(OpenibModule::isReleased)) {
            LOG.info("Device {} is closed", device.name());
            watched.removeAll(of(device));
            try {
                device.close();
            } catch (VerbsException e) {
                LOG.warn("Device {} cannot be closed: {}", device.name(), e.getMessage());
            }
        }
    }
}
