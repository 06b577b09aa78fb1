package io.openib.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class CoresTest {
    @Test
    void shouldReadSingleCoresAndRanges() {
        assertThat(Cores.parse("0")).containsExactly(0);
        assertThat(Cores.parse("0-2,5,8-9")).containsExactly(0, 1, 2, 5, 8, 9);
    }

    /** Two threads a core, numbered next to each other, as some virtual machines have it; one is forbidden. */
    @Test
    void shouldGiveEachRankAWholeCoreWhereThereAreEnough(@TempDir Path topology) throws IOException {
        for (int processor = 0; processor < 6; processor++) {
            int first = processor / 2 * 2;
            Path folder = Files.createDirectories(topology.resolve("cpu" + processor + "/topology"));
            Files.writeString(folder.resolve("thread_siblings_list"), first + "-" + (first + 1) + "\n");
        }
        List<List<Integer>> cores = Cores.byCore(List.of(0, 1, 2, 3, 5), topology);

        assertThat(cores).containsExactly(List.of(0, 1), List.of(2, 3), List.of(5));
        assertThat(Cores.places(cores, 2)).containsExactly("0,1", "2,3");
        assertThat(Cores.places(cores, 3)).containsExactly("0,1", "2,3", "5");
        assertThat(Cores.places(cores, 4)).containsExactly("0", "2", "5", "1");
        assertThat(Cores.places(cores, 5)).containsExactly("0", "2", "5", "1", "3");
        assertThat(Cores.places(cores, 6)).isEmpty();
    }

    @Test
    void shouldTakeEachProcessorForACoreWhereTheSystemDoesNotTell(@TempDir Path empty) {
        assertThat(Cores.places(Cores.byCore(List.of(0, 3), empty), 2)).containsExactly("0", "3");
    }

    @Test
    void shouldNeverAllowMoreCoresThanTheVirtualMachineSees() {
        assertThat(Cores.allowed())
                .hasSizeLessThanOrEqualTo(Runtime.getRuntime().availableProcessors());
    }
}
