package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib.Outcome;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code openib exec} under a launcher that hands each rank an open socket: mpiexec.hydra by default, srun --mpi=pmi2. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InheritedDescriptorLauncherTest {
    @Test
    void shouldJoinTwoRanksToOneJob() throws Exception {
        try (HydraLike launcher = new HydraLike(2);
                Openib first = launcher.start(0, "pingpong", "--sizes", "8", "--time", "20", "--warmup", "50");
                Openib second = launcher.start(1, "pingpong", "--sizes", "8", "--time", "20", "--warmup", "50")) {
            Outcome outcome = first.end().hasStatus(0);
            second.end().hasStatus(0);
            assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("oob"));
        }
    }

    @Test
    void shouldRunTheConformanceOfItsRanks() throws Exception {
        String[] program = {"conformance", "--only", "ProtectionDomainCases"};
        try (HydraLike launcher = new HydraLike(3);
                Openib first = launcher.start(0, program);
                Openib second = launcher.start(1, program);
                Openib third = launcher.start(2, program)) {
            Outcome outcome = first.end().hasStatus(0);
            second.end().hasStatus(0);
            third.end().hasStatus(0);
            for (String peer : new String[] {"to rank 1 ", "to rank 2 "}) {
                assertThat(outcome.out())
                        .as(outcome.toString())
                        .anyMatch(line -> line.startsWith("ok ") && line.contains(peer));
            }
        }
    }
}
