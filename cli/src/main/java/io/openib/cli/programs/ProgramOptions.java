package io.openib.cli.programs;

import io.openib.btl.WireupEvent;
import io.openib.cli.output.JsonLine;
import io.openib.cli.output.Lines;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What every program can be told, and how it shows what they have in common. */
final class ProgramOptions {
    @Option(names = "--json", description = "One JSON object a line on the standard output, and nothing else.")
    private boolean isJson;

    boolean isJson() {
        return isJson;
    }

    /** Tells how a connection came about. */
    void printWireup(int rank, WireupEvent event) {
        if (isJson) {
            Lines.print(JsonLine.of(line -> {
                line.put("event", "wireup")
                        .put("rank", rank)
                        .put("peer", event.peer())
                        .put("wireup", event.wireup())
                        .put("device", event.device())
                        .put("ms", event.durationMs())
                        .put("tried", event.tried());
                line.put(event.isConnected() ? "reason" : "error", event.reason());
            }));
        } else {
            Lines.print(String.format(
                    Locale.ROOT,
                    "rank %d to %d: %s by %s over %s in %.1f ms (tried %s): %s",
                    rank,
                    event.peer(),
                    event.isConnected() ? "connected" : "not connected",
                    event.wireup(),
                    event.device(),
                    event.durationMs(),
                    String.join(", ", event.tried()),
                    event.reason()));
        }
    }
}
