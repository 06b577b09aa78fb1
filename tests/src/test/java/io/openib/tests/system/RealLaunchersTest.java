package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.openib.tests.system.Openib.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs of other people's launchers, as far as they are installed: Open MPI's, which speaks PMIx, and MPICH's, which speaks PMI-1. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RealLaunchersTest {
    static final String MPIRUN = "mpirun.openmpi";
    private static final String HYDRA = "mpiexec.hydra";

    private final Path folder;

    RealLaunchersTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** Starts ranks by Open MPI's launcher, which wants to be asked twice by root. */
    private Openib mpirun(List<String> options, int ranks, String... command) {
        Map<String, String> environment = Map.of(
                "OMPI_ALLOW_RUN_AS_ROOT", "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1",
                "OMPI_MCA_orte_tmpdir_base", folder.toString());
        List<String> all = new ArrayList<>(List.of("--oversubscribe"));
        all.addAll(options);
        return launch(environment, MPIRUN, all, ranks, command);
    }

    private static Openib hydra(List<String> options, int ranks, String... command) {
        return launch(Map.of(), HYDRA, options, ranks, command);
    }

    private static Openib launch(
            Map<String, String> environment, String program, List<String> options, int ranks, String... command) {
        assumeInstalled(program);
        List<String> all = new ArrayList<>(List.of(program, "-n", Integer.toString(ranks)));
        all.addAll(options);
        all.addAll(List.of(command));
        return Openib.startCommand(environment, all);
    }

    static void assumeInstalled(String program) {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(path -> Files.isExecutable(Path.of(path, program))),
                "there is no " + program + " here; tests/launchers/install brings it");
    }

    private static String[] exec(String... arguments) {
        String openib = Openib.HOME.resolve("openib").toString();
        return Stream.concat(Stream.of(openib, "exec"), Stream.of(arguments)).toArray(String[]::new);
    }

    private static String[] rank(String... arguments) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return Stream.concat(
                        Stream.of(
                                java,
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                LaunchedRank.class.getName()),
                        Stream.of(arguments))
                .toArray(String[]::new);
    }

    private static void hasExchanged(Outcome outcome, int messages) {
        outcome.hasStatus(0);
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(
                        line -> line.contains("\"program\":\"alltoall\"") && line.contains("\"messages\":" + messages));
    }

    private void exchangesUnderMpirun(String wireup) {
        List<String> options = List.of("--mca", "btl_openib_cpc", wireup);
        try (Openib job = mpirun(options, 3, exec("alltoall", "--json", "--messages", "50"))) {
            Outcome outcome = job.end();
            hasExchanged(outcome, 300);
            assertThat(outcome.out()).anyMatch(line -> line.contains("\"wireup\":\"" + wireup + "\""));
        }
    }

    @Test
    void shouldExchangeMessagesUnderMpirunByOob() {
        exchangesUnderMpirun("oob");
    }

    @Test
    void shouldExchangeMessagesUnderMpirunByRdmacm() {
        exchangesUnderMpirun("rdmacm");
    }

    @Test
    void shouldRunTheConformanceOfRanksUnderMpirun() {
        try (Openib job = mpirun(List.of(), 2, exec("conformance", "--only", "ProtectionDomainCases"))) {
            Outcome outcome = job.end().hasStatus(0);
            assertThat(outcome.out())
                    .as(outcome.toString())
                    .anyMatch(line -> line.startsWith("ok ") && line.contains("to rank 1 "));
        }
    }

    @Test
    void shouldExchangeBlobsByPmix() {
        try (Openib job = mpirun(List.of(), 3, rank("exchange"))) {
            Outcome outcome = job.end().hasStatus(0);
            assertThat(outcome.out())
                    .as(outcome.toString())
                    .filteredOn(line -> line.startsWith("exchanged ") && line.contains(" of 3 by pmix, namespace "))
                    .hasSize(3);
        }
    }

    @Test
    void shouldStayInTheJobWhereASecondOpenIsRefused() {
        try (Openib job = mpirun(List.of(), 2, rank("twice"))) {
            Outcome outcome = job.end().hasStatus(0);
            assertThat(outcome.out())
                    .as(outcome.toString())
                    .anyMatch(line -> line.startsWith("REFUSED a job is joined once"))
                    .filteredOn(line -> line.startsWith("exchanged "))
                    .hasSize(2);
        }
    }

    @Test
    void shouldSayThatThereIsNoPmixServer() {
        assumeInstalled(MPIRUN); // with which comes the library
        Map<String, String> environment = Map.of("PMIX_NAMESPACE", "gone", "PMIX_RANK", "0");
        Openib.run(environment, "exec", "ring")
                .hasStatus(1)
                .tells("pmix, namespace gone", "joining the job failed", "left over from another job");
    }

    @Test
    void shouldExchangeBlobsByHydra() {
        try (Openib job = hydra(List.of(), 3, rank("exchange"))) {
            Outcome outcome = job.end().hasStatus(0);
            assertThat(outcome.out())
                    .as(outcome.toString())
                    .filteredOn(line -> line.startsWith("exchanged ") && line.contains(" of 3 by pmi1 at descriptor "))
                    .hasSize(3);
        }
    }

    @Test
    void shouldEndTheJobUnderMpirunByAnAbort() {
        try (Openib job = mpirun(List.of(), 2, rank("abort"))) {
            job.end().hasStatus(7);
        }
    }

    @Test
    void shouldEndWhereItsRankEndsWithoutLeavingTheJob() {
        try (Openib job = mpirun(List.of(), 2, rank("exit", "1", "3"))) {
            job.end().hasStatus(3);
        }
    }

    @Test
    void shouldTellRanksThatMpirunWasKilled() throws Exception {
        try (Openib job = mpirun(List.of(), 2, rank("orphan", folder.toString()))) {
            List<ProcessHandle> ranks = job.awaitLines(2, line -> line.startsWith("ready ")).stream()
                    .map(line -> ProcessHandle.of(Long.parseLong(line.split(" ", -1)[2]))
                            .orElseThrow())
                    .toList();
            try {
                Openib.kill("KILL", job.pid());
                for (ProcessHandle rank : ranks) {
                    rank.onExit().get(20, TimeUnit.SECONDS);
                }
            } finally {
                ranks.forEach(ProcessHandle::destroyForcibly);
            }
        }
        for (int rank = 0; rank < 2; rank++) {
            assertThat(folder.resolve("rank-" + rank))
                    .content()
                    .startsWith("lost the connection to launcher pmix, namespace ");
        }
    }

    @Test
    void shouldExchangeMessagesUnderHydraBySockets() {
        try (Openib job = hydra(List.of(), 3, exec("alltoall", "--json", "--messages", "50"))) {
            hasExchanged(job.end(), 300);
        }
    }

    @Test
    void shouldExchangeMessagesUnderHydraByItsPort() {
        try (Openib job = hydra(List.of("-pmi-port"), 3, exec("alltoall", "--json", "--messages", "50"))) {
            hasExchanged(job.end(), 300);
        }
    }
}
