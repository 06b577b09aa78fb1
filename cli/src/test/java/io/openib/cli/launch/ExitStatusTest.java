package io.openib.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.runtime.RankStage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExitStatusTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0; AWAITED; ended with status 0 before it joined the job",
                "0; JOINED; ended with status 0 without closing its transport: what it sent last may be lost",
                "3; JOINED; ended with status 3",
                "137; JOINED; was ended by signal 9 (SIGKILL)",
                "192; FINALIZED; was ended by signal 64",
            })
    void shouldSayWhatPeersCanMakeOfIt(int status, RankStage stage, String sentence) {
        assertThat(ExitStatus.sentence(status, stage)).isEqualTo(sentence);
    }
}
