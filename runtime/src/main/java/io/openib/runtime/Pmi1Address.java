package io.openib.runtime;

import io.openib.mca.McaParameters;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says about a PMI-1 server.
 *
 * @param host empty if the server is at the other end of a descriptor
 * @param port of the host, or the number of the descriptor
 * @param pmiId the number with which to ask for rank and size; if empty, rank and size are given
 * @param rank this process's rank, if {@code pmiId} is empty
 * @param size the job's size, if {@code pmiId} is empty
 * @param token what our own server wants to see; null under another launcher
 */
record Pmi1Address(String host, int port, OptionalInt pmiId, int rank, int size, @Nullable String token)
        implements LauncherAddress {

    /** At the other end of a descriptor that this process has inherited. */
    static Pmi1Address inherited(int fd, int rank, int size) {
        return new Pmi1Address("", fd, OptionalInt.empty(), rank, size, null);
    }

    boolean isInherited() {
        return host.isEmpty();
    }

    @Override
    public String name() {
        return isInherited() ? "pmi1 at descriptor " + port : "pmi1 at " + host + ":" + port;
    }

    @Override
    public JobRuntime join(byte @Nullable [] secret, McaParameters parameters) {
        return Pmi1Runtime.open(this, secret, parameters.value(RuntimeParameters.PMI_TIMEOUT_MS));
    }

    /** Whose place in which job this is. */
    String member() {
        return name() + " " + pmiId.orElse(rank);
    }

    /** The variable that says so. */
    String variable() {
        return isInherited() ? LauncherTraces.PMI_FD : LauncherTraces.PMI_PORT;
    }

    /** The likely reason if nobody is there. */
    String whyGone() {
        return isInherited()
                ? "a program between the launcher and this process has closed it, or PMI_FD is left over from another job"
                : "it has ended, or PMI_PORT is left over from another job";
    }

    PmiStream open(Deadline deadline) throws IOException {
        return isInherited() ? InheritedStream.of(port) : TcpStream.connect(host, port, deadline);
    }
}
