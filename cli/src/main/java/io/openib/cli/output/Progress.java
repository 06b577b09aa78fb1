package io.openib.cli.output;

import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on the terminal's error stream for what takes more than a second; otherwise nothing. One thread. */
public final class Progress implements AutoCloseable {
    private static final int REDRAW_MS = 100;
    private static final int WIDTH = 78;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);

    private final String task;
    private final long steps;
    private final boolean isShown;
    private final long startNs = System.nanoTime();
    private long done;
    private @Nullable ProgressBar bar;

    private Progress(String task, long steps, boolean isShown) {
        this.task = task;
        this.steps = steps;
        this.isShown = isShown;
    }

    /** Progress of a task with so many steps, for the one rank that shows it. */
    public static Progress of(String task, long steps, boolean isMine) {
        return new Progress(task, steps, isMine && Terminal.isStderr());
    }

    /** One more step is done. */
    public void step() {
        done++;
        if (!isShown) {
            return;
        }
        if (bar == null && System.nanoTime() - startNs > PATIENCE_NS) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(steps)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(REDRAW_MS)
                    .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH))
                    .build();
        }
        if (bar != null) {
            bar.stepTo(done);
        }
    }

    /** Writes a line on the standard output stream; where a bar shares the terminal with it, the line takes its place. */
    public void print(String line) {
        Lines.print(bar != null && Terminal.isStdout() ? Terminal.CLEAR_LINE + line : line);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            System.err.print(Terminal.CLEAR_LINE);
            System.err.flush();
        }
    }
}
