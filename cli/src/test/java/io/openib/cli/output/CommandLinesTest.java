package io.openib.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What becomes of a failure. */
@Timeout(value = 10, unit = TimeUnit.SECONDS)
class CommandLinesTest {
    /** As Java does when the system lets a user have no more threads. */
    @Command(name = "openib greedy", version = "1", mixinStandardHelpOptions = true)
    static final class Greedy implements Program {
        @Option(names = "--more")
        private boolean wantsMore;

        @Override
        public void check() {}

        @Override
        public Integer call() {
            throw new OutOfMemoryError("unable to create native thread" + (wantsMore ? ", nor another" : ""));
        }
    }

    /** As where a jar that another needs is missing. */
    @Command(name = "openib partial", mixinStandardHelpOptions = true)
    static final class Partial implements Program {
        @Option(names = "--more")
        private boolean wantsMore;

        @Override
        public void check() {}

        @Override
        public Integer call() {
            throw new NoClassDefFoundError("acme/Gone" + wantsMore);
        }
    }

    /** As {@code openib run} does with a program's. */
    @Command(name = "openib handing")
    static final class Handing implements Program {
        @Parameters
        private List<String> handedOn = new ArrayList<>();

        @Override
        public void check() {}

        @Override
        public Integer call() {
            return 0;
        }
    }

    private static final class FullDevice extends OutputStream {
        @Override
        public void write(int any) throws IOException {
            throw new IOException("No space left on device");
        }
    }

    private static String toldBy(String... arguments) {
        return toldBy(new Greedy(), arguments);
    }

    private static String toldBy(Program program, String... arguments) {
        PrintStream before = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
        try {
            assertThat(CommandLines.execute(program, arguments)).isEqualTo(CommandLines.FAILED);
        } finally {
            System.setErr(before);
        }
        return told.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version"})
    void shouldFailWhereHelpCannotBeWritten(String option) {
        PrintStream before = System.out;
        System.setOut(new PrintStream(new FullDevice(), true, StandardCharsets.UTF_8));
        try {
            assertThat(toldBy(option).lines()).singleElement().satisfies(line -> assertThat(line)
                    .startsWith("openib greedy: ")
                    .contains("standard output cannot be written"));
        } finally {
            System.setOut(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--more"})
    void shouldSayInOneLineThatThereAreNoMoreThreads(String option) {
        String told = option.isEmpty() ? toldBy() : toldBy(option);
        assertThat(told.lines()).as(told).singleElement().satisfies(line -> assertThat(line)
                .startsWith("openib greedy: ")
                .contains("unable to create native thread"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--more"})
    void shouldSayInOneLineWhichClassIsMissing(String option) {
        String told = option.isEmpty() ? toldBy(new Partial()) : toldBy(new Partial(), option);
        assertThat(told.lines()).as(told).singleElement().satisfies(line -> assertThat(line)
                .startsWith("openib partial: ")
                .contains("acme/Gone"));
    }

    @Test
    void shouldHandOnTheNameOfAFileAsItStands(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("words"), "one two\n");
        Handing handing = new Handing();
        assertThat(CommandLines.execute(handing, new String[] {"@" + file, "b"}))
                .isZero();
        assertThat(handing.handedOn).containsExactly("@" + file, "b");
    }
}
