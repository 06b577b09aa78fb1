package io.openib.btl;

import java.util.List;

/**
 * How an attempt to connect to a peer ended.
 *
 * @param peer the peer's rank
 * @param isConnected whether it is connected now
 * @param wireup the scheme that made the connection, or failed last, for example {@code oob}
 * @param device our device and port, for example {@code soft0:1}
 * @param durationMs from the first send to the peer, or from its request, to the end of the attempt
 * @param tried each scheme that was tried, in order, with how it ended
 * @param reason why this device and wireup were chosen, or why the attempt failed and what to do
 */
public record WireupEvent(
        int peer,
        boolean isConnected,
        String wireup,
        String device,
        double durationMs,
        List<String> tried,
        String reason) {
    public WireupEvent {
        tried = List.copyOf(tried);
    }
}
