package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The launcher is killed: its ranks hear of it while they wait for one another, and need nobody to end them. They end when
 * they are told, and not before; what they print then is lost, since Java closes the streams of a process that has ended.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LostLauncherTest {
    private static final int RANKS = 3;
    private static final long END_S = 30;

    @Test
    void shouldTellRanksThatWaitForOneAnother() throws Exception {
        try (Openib job = Openib.start(Openib.LIGHT, DeadRankTest.command("oob", "launcher"))) {
            List<ProcessHandle> ranks = job.awaitLines(RANKS, line -> line.startsWith("ready ")).stream()
                    .map(line -> ProcessHandle.of(Long.parseLong(line.substring("ready ".length())))
                            .orElseThrow())
                    .toList();
            try {
                Openib.kill("KILL", job.pid());
                for (ProcessHandle rank : ranks) {
                    rank.onExit().get(END_S, TimeUnit.SECONDS);
                }
                assertThat(ranks).noneMatch(ProcessHandle::isAlive);
            } finally {
                ranks.forEach(ProcessHandle::destroyForcibly);
            }
        }
    }
}
