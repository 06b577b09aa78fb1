package io.openib.wireup.rdmacm;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.wireup.ControlExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One exchange that this side asks for: address, route, request, response. Each step runs under a timer of our own, since
 * the connection manager's may be minutes long. Control thread only, but for the call that asks for the route: on InfiniBand
 * librdmacm waits in it for ibacm where that runs, without a bound.
 */
final class ActiveLeg implements CmHandler, AutoCloseable {
    /** Who asked for the exchange. Nothing is said after {@link #close()}. */
    interface Owner {
        /** The peer has replied; its queue pairs are ready. */
        void onResponse(ActiveLeg leg, CmEvent event);

        /** REJECTED, by the peer or by a connection manager. */
        void onRejected(ActiveLeg leg, CmEvent event);

        /** A step failed; the leg is of no more use. */
        void onFailed(ActiveLeg leg, StepFailure failure);

        /** The connection is over. */
        void onDisconnected(ActiveLeg leg);
    }

    /**
     * Which step failed, and how.
     *
     * @param step as an infinitive, for messages: {@code resolve the address}
     * @param detail the event and its status, or what our own timer says
     */
    record StepFailure(String step, String detail) {}

    private enum Step {
        ADDRESS("resolve the address"),
        ROUTE("resolve the route"),
        CONNECT("connect"),
        CONNECTED("stay connected"),
        OVER("end");

        private final String text;

        Step(String text) {
            this.text = text;
        }
    }

    private final Owner owner;
    private final ControlExecutor control;
    private final Executor routes;
    private final CmId id;
    private final ConnectionParameters parameters;
    private final int resolveTimeoutMs;
    private int routeRetriesLeft;
    private volatile Step step = Step.ADDRESS;
    private boolean isAsked;
    /** Calls for the route that have not come back: nobody may close the id meanwhile. */
    private int routeCalls;

    private boolean isClosed;
    private @Nullable Runnable timer;

    /** @param routes runs the calls that ask for routes */
    ActiveLeg(
            Owner owner,
            ControlExecutor control,
            Executor routes,
            CmEventChannel channel,
            ConnectionParameters parameters,
            int resolveTimeoutMs,
            int routeRetries) {
        this.owner = owner;
        this.control = control;
        this.routes = routes;
        this.parameters = parameters;
        this.resolveTimeoutMs = resolveTimeoutMs;
        this.routeRetriesLeft = routeRetries;
        id = channel.createId();
        id.context(this);
    }

    /** Starts; everything else follows from events. */
    void start(@Nullable InetSocketAddress source, InetSocketAddress destination) {
        if (step == Step.OVER) {
            return; // another leg could not start, and took all with it
        }
        run(Step.ADDRESS, () -> id.resolveAddress(source, destination, resolveTimeoutMs));
    }

    CmId id() {
        return id;
    }

    /** The number that the connection manager carries. */
    int qpNumber() {
        return parameters.qpNumber();
    }

    /** Whether the peer may hold a request of this leg: it was sent, and no rejection has come, whatever else has. */
    boolean isAsked() {
        return isAsked;
    }

    @Override
    public void onEvent(CmEvent event) {
        if (step == Step.OVER) {
            return;
        }
        switch (event.type()) {
            case ADDR_RESOLVED -> run(Step.ROUTE, this::resolveRoute);
            case ROUTE_RESOLVED -> run(Step.CONNECT, this::ask);
            case ROUTE_ERROR -> onRouteError(event);
            case CONNECT_RESPONSE, ESTABLISHED -> {
                disarm();
                step = Step.CONNECTED;
                owner.onResponse(this, event);
            }
            case REJECTED -> {
                over();
                isAsked = false;
                owner.onRejected(this, event);
            }
            case DISCONNECTED -> {
                over();
                owner.onDisconnected(this);
            }
            case ADDR_ERROR, UNREACHABLE, CONNECT_ERROR, DEVICE_REMOVAL -> fail(describe(event));
            case CONNECT_REQUEST, MULTICAST_JOIN, MULTICAST_ERROR, ADDR_CHANGE, TIMEWAIT_EXIT -> {
                // nothing that this side acts upon
            }
        }
    }

    private void resolveRoute() {
        routes.execute(() -> {
            String trouble = askForRoute();
            control.schedule(0, () -> onRouteAsked(trouble));
        });
        routeCalls++;
    }

    /** Gives what was wrong, or nothing. On a thread that may be kept as long as it takes. */
    private String askForRoute() {
        try {
            if (step == Step.ROUTE) {
                id.resolveRoute(resolveTimeoutMs);
            }
            return "";
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void onRouteAsked(String trouble) {
        routeCalls--;
        if (isClosed) {
            closeId();
        } else if (step == Step.ROUTE && trouble.isEmpty()) {
            awaitEvent(); // the call itself, and the line before it, have the time of the attempt
        } else if (step == Step.ROUTE) {
            fail(trouble);
        }
    }

    private void ask() {
        id.connect(parameters);
        isAsked = true;
    }

    private void onRouteError(CmEvent event) {
        if (routeRetriesLeft-- > 0) {
            run(Step.ROUTE, this::resolveRoute);
        } else {
            fail(describe(event));
        }
    }

    private static String describe(CmEvent event) {
        return event.type() + (event.status() == 0 ? "" : " " + Errno.name(event.status()));
    }

    private void run(Step next, Runnable call) {
        step = next;
        disarm();
        try {
            call.run();
        } catch (VerbsException e) {
            fail(String.valueOf(e.getMessage()));
            return;
        }
        if (next == Step.ADDRESS) {
            awaitEvent();
        }
    }

    private void awaitEvent() {
        disarm();
        timer = control.schedule(resolveTimeoutMs, () -> fail("no event within " + resolveTimeoutMs + " ms"));
    }

    private void fail(String detail) {
        String text = step.text;
        over();
        owner.onFailed(this, new StepFailure(text, detail));
    }

    private void over() {
        disarm();
        step = Step.OVER;
    }

    private void disarm() {
        if (timer != null) {
            timer.run();
            timer = null;
        }
    }

    /** Ends it with no further word to the owner; the peer is told as far as it knows of it. */
    @Override
    public void close() {
        over();
        isClosed = true;
        closeId();
    }

    private void closeId() {
        if (routeCalls == 0) {
            Ends.close(id);
        }
    }
}
