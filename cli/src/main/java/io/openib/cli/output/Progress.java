package io.openib.cli.output;

import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on the terminal's error stream for what takes more than a second, whether steps come by then or not; otherwise
 * nothing. One thread steps, prints and closes; a timer of its own shows the bar, where there is a terminal.
 */
public final class Progress implements AutoCloseable {
    /** The number of steps where nobody knows it. */
    public static final long UNKNOWN = -1;

    private static final int REDRAW_MS = 100;
    private static final int WIDTH = 78;
    private static final long PATIENCE_MS = TimeUnit.SECONDS.toMillis(1);

    private final String task;
    private final long steps;
    private final @Nullable Timer timer;
    private volatile long done;
    private volatile @Nullable ProgressBar bar;
    /** Guarded by this. */
    private boolean isClosed;

    private Progress(String task, long steps, boolean isShown) {
        this.task = task;
        this.steps = steps;
        this.timer = isShown ? new Timer("openib-progress", true) : null;
    }

    /**
     * Progress of a task, for the one rank that shows it.
     *
     * @param steps how many, or {@link #UNKNOWN}
     */
    public static Progress of(String task, long steps, boolean isMine) {
        Progress progress = new Progress(task, steps, isMine && Terminal.isStderr());
        progress.begin();
        return progress;
    }

    private void begin() {
        if (timer != null) {
            timer.schedule(
                    new TimerTask() {
                        @Override
                        public void run() {
                            show();
                        }
                    },
                    PATIENCE_MS);
        }
    }

    private synchronized void show() {
        if (isClosed) {
            return;
        }
        ProgressBar shown = new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REDRAW_MS)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH))
                .build();
        shown.stepTo(done);
        bar = shown;
    }

    /** One more step is done. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread steps
    public void step() {
        if (timer == null) {
            return;
        }
        done++;
        ProgressBar shown = bar;
        if (shown != null) {
            shown.stepTo(done);
        }
    }

    /** Writes a line on the standard output stream; where a bar shares the terminal with it, the line takes its place. */
    public void print(String line) {
        Lines.print(bar != null && Terminal.isStdout() ? Terminal.CLEAR_LINE + line : line);
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (timer != null) {
            timer.cancel();
        }
        ProgressBar shown = bar;
        if (shown != null) {
            bar = null;
            shown.close();
            System.err.print(Terminal.CLEAR_LINE);
            System.err.flush();
        }
    }
}
