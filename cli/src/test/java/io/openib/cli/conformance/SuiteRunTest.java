package io.openib.cli.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SuiteRunTest {
    private static final AtomicInteger RUNS = new AtomicInteger();

    /** What is run; Surefire passes over nested classes. */
    @ExtendWith(Halt.class)
    static final class Suite {
        @RepeatedTest(3)
        void shouldCount() {
            RUNS.incrementAndGet();
        }

        @Test
        void shouldCountToo() {
            RUNS.incrementAndGet();
        }
    }

    /** As where the reader of the standard output has gone. */
    @Test
    void shouldEndAtTheFirstResultThatNobodyTakes() {
        RUNS.set(0);
        IllegalStateException full = new IllegalStateException("full");

        assertThatThrownBy(() -> SuiteRun.run(Suite.class, "here", "", result -> {
                    throw full;
                }))
                .isSameAs(full);
        assertThat(RUNS).hasValue(1);
    }

    @Test
    void shouldRunAllOnceMoreAfterThat() {
        shouldEndAtTheFirstResultThatNobodyTakes();
        RUNS.set(0);
        List<CaseResult> results = new ArrayList<>();

        SuiteRun.run(Suite.class, "here", "", results::add);

        assertThat(RUNS).hasValue(4);
        assertThat(results).hasSize(4);
    }
}
