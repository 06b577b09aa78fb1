package io.openib.verbs.soft.arena;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ranks of a job start at once, and each of them removes what jobs before have left. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SweepTest {
    private static final int RANKS = 2;
    private static final int STARTS = 100;
    private static final int FORMER_JOBS = 40;

    private final Path shared;
    private final Path spare;

    SweepTest(@TempDir Path folder) throws IOException {
        shared = Files.createDirectory(folder.resolve("shared"));
        spare = Files.createDirectory(folder.resolve("spare"));
    }

    @Test
    void shouldLeaveEachInTheFirstFolderWhoeverRemovesWhat() throws Exception {
        ExecutorService ranks = Executors.newFixedThreadPool(RANKS);
        try {
            for (int start = 0; start < STARTS; start++) {
                leaveFormerJobs();
                CyclicBarrier together = new CyclicBarrier(RANKS);
                List<Future<ArenaHome>> homes = new ArrayList<>();
                for (int rank = 0; rank < RANKS; rank++) {
                    homes.add(ranks.submit(() -> {
                        together.await();
                        return ArenaHome.open(shared, spare, "job-now");
                    }));
                }
                for (Future<ArenaHome> home : homes) {
                    assertThat(home.get().main()).startsWith(shared);
                }
            }
        } finally {
            ranks.shutdownNow();
        }
    }

    private void leaveFormerJobs() throws IOException {
        FileTime longAgo = FileTime.fromMillis(System.currentTimeMillis() - 3_600_000);
        Path user = Files.createDirectories(ArenaHome.open(shared, spare, "").main());
        for (int job = 0; job < FORMER_JOBS; job++) {
            Path folder = Files.createDirectories(user.resolve("job-former-" + job));
            Files.setLastModifiedTime(folder, longAgo);
        }
    }
}
