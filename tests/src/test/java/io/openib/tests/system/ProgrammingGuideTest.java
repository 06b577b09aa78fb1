package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example of docs/programming.md runs as it is printed. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProgrammingGuideTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldHaveEachRankHoldItsNeighboursBlock(int size, @TempDir Path folder) throws IOException {
        PrintedExample.compile(Openib.HOME.resolve("docs/programming.md"), "Exchange.java", folder);
        Openib.Outcome outcome = Openib.run("run", "-n", Integer.toString(size), "-cp", folder.toString(), "Exchange")
                .hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        assertThat(outcome.out())
                .as(outcome.toString())
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, size)
                        .mapToObj(rank -> "rank " + rank + " has the block of rank " + Math.floorMod(rank - 1, size))
                        .toList());
    }
}
