package io.openib.cli.launch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class OpenFilesTest {
    private static String limits(String files) {
        return """
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             31                   31                   processes
                Max open files            %-20s %-20s files
                Max pending signals       7                    7                    signals
                """
                .formatted(files, files);
    }

    @Test
    void shouldRefuseMoreRanksThanThereAreDescriptorsFor() {
        assertThatThrownBy(() -> OpenFiles.check(100, limits("159")))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("has 160 files open, and 159 are allowed (ulimit -Hn)");
    }

    @Test
    void shouldTakeAsManyAsThereAreDescriptorsFor() {
        assertThatCode(() -> OpenFiles.check(100, limits("160"))).doesNotThrowAnyException();
        assertThatCode(() -> OpenFiles.check(100, limits("unlimited"))).doesNotThrowAnyException();
        assertThatCode(() -> OpenFiles.check(100, "nothing that it knows")).doesNotThrowAnyException();
    }
}
