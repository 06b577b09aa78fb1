package io.openib.wireup;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.wireup.WireupFailure.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A scheme whose attempts wait until the test ends them. */
final class ScriptedScheme implements WireupComponent, WireupModule {
    static final long DEADLINE_MS = 1000;

    final String name;
    final int priority;
    final List<OutgoingConnection> attempts = new ArrayList<>();
    long deadlineMs;
    int cancelled;
    int closed;
    boolean isThrowing;
    boolean isUnreachable;
    boolean isWordy;
    boolean isStubborn;
    private @Nullable IncomingConnections incoming;

    ScriptedScheme(String name, int priority) {
        this.name = name;
        this.priority = priority;
        this.deadlineMs = name.equals("fast") ? 3 * DEADLINE_MS : DEADLINE_MS;
    }

    IncomingConnections x() {
        return Optional.ofNullable(incoming).orElseThrow();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public List<Parameter<?>> parameters() {
        return List.of();
    }

    @Override
    public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections x) {
        incoming = x;
        return this;
    }

    @Override
    public int priority() {
        return priority;
    }

    @Override
    public long deadlineMs() {
        return deadlineMs;
    }

    @Override
    public byte[] contact() {
        if (isUnreachable) {
            throw new IllegalStateException(name + " has no address");
        }
        return new byte[isWordy ? 1025 : 1];
    }

    @Override
    public PendingConnection connect(PeerContact peer, OutgoingConnection outgoing) {
        if (isThrowing) {
            throw new IllegalArgumentException("a contact that " + name + " cannot read");
        }
        attempts.add(outgoing);
        return () -> {
            cancelled++;
            refuseIfStubborn();
        };
    }

    @Override
    public void close() {
        closed++;
        refuseIfStubborn();
    }

    private void refuseIfStubborn() {
        if (isStubborn) {
            throw new IllegalStateException(name + " stays");
        }
    }

    void fail(Reason reason) {
        attempts.get(attempts.size() - 1)
                .onFailed(new WireupFailure(reason, PortWireupsTest.PEER, name + " says " + reason));
    }
}
