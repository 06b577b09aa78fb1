package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib.Outcome;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code openib doctor} where the software device can run, and where nothing can. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DoctorTest {
    private static void assertLine(Outcome outcome, String... texts) {
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> {
            for (String text : texts) {
                if (!line.contains(text)) {
                    return false;
                }
            }
            return true;
        });
    }

    @Test
    void shouldTellThatJobsCanRunOnTheSoftwareDevice() {
        Outcome outcome = Openib.run("doctor").hasStatus(0);
        assertLine(outcome, "ok", "soft0:1, link", "ACTIVE");
        assertLine(outcome, "ok", "soft0:1, GIDs");
        assertLine(outcome, "ok", "soft0:1, loopback, 1 SEND and 1 WRITE", "both arrived whole");
        assertLine(outcome, "soft, shared memory: ", "bytes free");
        assertLine(outcome, "soft, shared memory for ranks: a rank takes ", " bytes at its start");
        assertLine(outcome, "ok", "soft0:1, wireup oob");
        assertLine(outcome, "ok", "soft0:1, wireup rdmacm");
        assertLine(outcome, "ok", "launcher environment", "no launcher started this process");
        assertLine(outcome, "jobs can run", "oob on soft0:1");
        assertThat(outcome.out().get(outcome.out().size() - 1)).contains("RDMA");
    }

    @Test
    @Timeout(value = 180, unit = TimeUnit.SECONDS) // seven commands
    void shouldAnswerForTheJobThatTheParametersDescribe() {
        Outcome outcome =
                Openib.run("doctor", "--mca", "btl_openib_cpc", "rdmacm").hasStatus(0);
        assertLine(outcome, "SKIPPED", "soft0:1, wireup oob", "left out by btl_openib_cpc");
        assertThat(outcome.out()).as(outcome.toString()).contains("jobs can run: rdmacm on soft0:1");
        Outcome none =
                Openib.run("doctor", "--mca", "btl_openib_cpc", "^oob,rdmacm").hasStatus(1);
        assertLine(none, "no job can run");
        Outcome unknown = Openib.run("doctor", "--mca", "btl_openib_cpc", "foo").hasStatus(2);
        assertThat(unknown.toString()).contains("foo").contains("oob");
        Outcome provider = Openib.run("doctor", "--json", "--mca", "verbs_provider", "foo")
                .hasStatus(2)
                .tells("foo", "soft");
        assertThat(provider.out()).as("a list without a summary: " + provider).isEmpty();
        Outcome port = Openib.run("doctor", "--mca", "btl_openib_if_exclude", "soft0:1")
                .hasStatus(1);
        assertLine(port, "SKIPPED", "soft0:1, wireup oob", "btl_openib_if_exclude");
        Openib.run("doctor", "--mca", "btl_openib_if_include", "mlx5_0").hasStatus(2);
        Outcome row =
                Openib.run("doctor", "--mca", "btl_openib_gid_index", "99").hasStatus(1);
        assertLine(row, "FAILED", "soft0:1, GIDs", "btl_openib_gid_index is 99");
    }

    @Test
    void shouldPrintOneObjectALine() {
        Outcome outcome = Openib.run("doctor", "--json").hasStatus(0);
        assertThat(outcome.out()).as(outcome.toString()).allMatch(line -> line.startsWith("{\"doctor\":"));
        assertLine(outcome, "\"check\":\"loopback, 1 SEND and 1 WRITE\"", "\"verdict\":\"ok\"");
        assertLine(outcome, "\"doctor\":\"summary\"", "\"can_run\":true");
    }

    @Test
    void shouldFailBeneathALauncherThatCannotBeJoined() {
        Outcome outcome = Openib.run(Map.of("PMI_PORT", "nowhere", "PMI_ID", "0"), "doctor")
                .hasStatus(1);
        assertLine(outcome, "FAILED", "launcher environment", "PMI_PORT=nowhere");
        assertLine(outcome, "no job can run", "./openib run", "oob on soft0:1");
    }

    @Test
    void shouldFailWhenQueuePairsBreak() {
        Outcome outcome =
                Openib.run("doctor", "--mca", "soft_fault_break_qp", "1").hasStatus(1);
        assertLine(outcome, "FAILED", "soft0:1, loopback, 1 SEND and 1 WRITE");
        assertLine(outcome, "SKIPPED", "soft0:1, wireup oob");
    }

    @Test
    void shouldPassOverTheProvidersThatAreNotChosen() {
        Outcome soft = Openib.run("doctor", "--mca", "verbs_provider", "soft").hasStatus(0);
        assertLine(soft, "SKIPPED", "jna, provider", "left out by verbs_provider = soft");
        assertThat(soft.out()).as(soft.toString()).noneMatch(line -> line.contains("libibverbs"));
        Outcome jna = Openib.run(
                        "doctor", "--mca", "verbs_provider", "jna", "--mca", "verbs_ibverbs_library", "/nowhere.so")
                .hasStatus(1);
        assertLine(jna, "SKIPPED", "soft, provider", "left out by verbs_provider = jna");
        assertLine(jna, "no job can run");
        assertThat(jna.out()).as(jna.toString()).noneMatch(line -> line.contains("soft0"));
    }
}
