package io.openib.cli.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.cli.output.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class JunitXmlTest {
    private final Path folder;

    JunitXmlTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void shouldRefuseWhatCannotBecomeAFileAndSayWhy() {
        assertThatThrownBy(() -> JunitXml.check(folder))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("it is a folder");
        assertThatThrownBy(() -> JunitXml.check(folder.resolve("none/x.xml")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("there is no folder " + folder.resolve("none"));
    }

    /** Whoever writes results again wants the old ones until there are new ones. */
    @Test
    void shouldTouchNothing() throws Exception {
        Path fresh = folder.resolve("fresh.xml");
        JunitXml.check(fresh);
        assertThat(fresh).doesNotExist();

        Path old = Files.writeString(folder.resolve("old.xml"), "old");
        JunitXml.check(old);
        assertThat(old).hasContent("old");
        JunitXml.check(Path.of("x.xml"));
    }
}
