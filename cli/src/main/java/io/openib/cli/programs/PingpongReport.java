package io.openib.cli.programs;

import io.openib.cli.output.JsonLine;
import io.openib.cli.output.Progress;
import java.util.Locale;

/** The table of a ping-pong, a row at a time. */
final class PingpongReport implements AutoCloseable {
    /**
     * One size's results.
     *
     * @param way {@code send} or {@code put}
     */
    record Row(int bytes, String way, double medianUs, double p99Us, double mbPerSecond) {}

    private final boolean isJson;
    private final Progress progress;
    private boolean hasHeader;

    PingpongReport(boolean isJson, int rows) {
        this.isJson = isJson;
        this.progress = Progress.of("pingpong", rows, true);
    }

    void add(Row row) {
        if (isJson) {
            progress.print(JsonLine.of(line -> line.put("program", "pingpong")
                    .put("bytes", row.bytes())
                    .put("half_round_trip_us", us -> us.put("p50", row.medianUs())
                            .put("p99", row.p99Us()))
                    .put("mb_per_s", row.mbPerSecond())));
        } else {
            if (!hasHeader) {
                progress.print(String.format(
                        Locale.ROOT, "%9s  %-4s  %12s  %12s  %12s", "bytes", "by", "median us", "p99 us", "MB/s"));
                hasHeader = true;
            }
            progress.print(String.format(
                    Locale.ROOT,
                    "%9d  %-4s  %12.2f  %12.2f  %12.1f",
                    row.bytes(),
                    row.way(),
                    row.medianUs(),
                    row.p99Us(),
                    row.mbPerSecond()));
        }
        progress.step();
    }

    /** Says that the compilers still worked when warming up, in rounds of so many ms, came to its end. */
    void addRestless(int roundMs) {
        progress.print(
                isJson
                        ? JsonLine.of(line -> line.put("event", "warmup")
                                .put("round_ms", roundMs)
                                .put("at_rest", false))
                        : "the compilers did not rest while " + (long) roundMs * WarmUp.MOST_ROUNDS
                                + " ms of warming up" + " went by: they may be a part of these figures (--warmup "
                                + 2L * roundMs + ")");
    }

    @Override
    public void close() {
        progress.close();
    }
}
