package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code ./openib} in a tree of its own, where Maven and Java are scripts that tell what they are asked. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StartScriptTest {
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

    private final Path top;
    private final Path tree;
    private final Path jdk;
    private final Path tools;

    StartScriptTest(@TempDir Path top) throws IOException {
        this.top = top;
        tree = top.resolve("tree");
        jdk = top.resolve("jdk");
        tools = top.resolve("tools");
        Files.createDirectories(tree.resolve("cli/src/main"));
        Files.writeString(tree.resolve("pom.xml"), "");
        Files.writeString(tree.resolve("cli/pom.xml"), "");
        Files.copy(Openib.HOME.resolve("openib"), tree.resolve("openib"));
        script(tree.resolve("openib"), Files.readString(tree.resolve("openib")));
        script(jdk.resolve("bin/java"), "#!/bin/sh\necho \"$@\"\n");
        script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.9\"\n");
        script(
                tools.resolve("mvn"),
                "#!/bin/sh\necho built >>" + top.resolve("builds") + "\necho noise\necho '[ERROR] noise'\n: >"
                        + tree.resolve("cli/target/openib.jar") + "\n");
    }

    private static void script(Path path, String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        assertThat(path.toFile().setExecutable(true)).isTrue();
    }

    private Openib start(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of(arguments));
        return start(Map.of(), line);
    }

    private Openib start(Map<String, String> environment, List<String> line) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("JAVA_HOME", jdk.toString());
        all.put("PATH", tools + ":" + System.getenv("PATH"));
        return Openib.startCommand(all, line);
    }

    private Openib.Outcome run(String... arguments) {
        try (Openib openib = start(tree.resolve("openib").toString(), arguments)) {
            return openib.end();
        }
    }

    private int builds() throws IOException {
        Path log = top.resolve("builds");
        return Files.exists(log) ? Files.readAllLines(log).size() : 0;
    }

    @Test
    void shouldBuildOnceAndThenNoMore() throws IOException {
        Openib.Outcome first = run("info").hasStatus(0);
        Openib.Outcome second = run("info").hasStatus(0);

        assertThat(builds()).isEqualTo(1);
        assertThat(first.out()).as(first.toString()).hasSize(1);
        assertThat(second.out()).isEqualTo(first.out());
        assertThat(second.err()).as(second.toString()).isEmpty();
    }

    @Test
    void shouldBuildAgainWhenASourceIsNewer() throws IOException {
        run("info").hasStatus(0);
        Files.setLastModifiedTime(tree.resolve("cli/target/openib.jar"), LONG_AGO);
        run("info").hasStatus(0);

        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void shouldLeaveToAJobThatRunsTheJarsThatItHas() throws IOException {
        run("info").hasStatus(0);
        Path jar = tree.resolve("cli/target/openib.jar");
        Path libraries = Files.createDirectories(tree.resolve("cli/target/lib"));
        Path library = libraries.resolve("btl.jar");
        Files.writeString(library, "of the job");
        Files.writeString(jar, "of the job");
        Files.setLastModifiedTime(jar, LONG_AGO);
        script(tools.resolve("mvn"), "#!/bin/sh\necho new >" + jar + "\necho new >" + library + "\n");
        try (InputStream first = Files.newInputStream(jar);
                InputStream second = Files.newInputStream(library)) {
            run("info").hasStatus(0);
            assertThat(first).hasContent("of the job");
            assertThat(second).hasContent("of the job");
        }
        assertThat(jar).hasContent("new");
        assertThat(libraries.toFile().list()).containsExactly("btl.jar");
    }

    @Test
    void shouldNotBuildTwiceWhenStartedTwiceAtOnce() throws IOException {
        String command = tree.resolve("openib").toString();
        try (Openib one = start(command, "info");
                Openib other = start(command, "info")) {
            one.end().hasStatus(0);
            other.end().hasStatus(0);
        }

        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void shouldDoWithOldJarsWhereItMayNotBuild() throws IOException {
        run("info").hasStatus(0);
        Files.setLastModifiedTime(tree.resolve("cli/target/openib.jar"), LONG_AGO);
        Path lock = tree.resolve("cli/target/build.lock");
        Files.delete(lock);
        Files.createDirectory(lock);

        Openib.Outcome old =
                run("info").hasStatus(0).tells("openib: the jars are older than the sources", "cannot be written");
        assertThat(old.err()).as(old.toString()).hasSize(1);
        Files.delete(tree.resolve("cli/target/openib.jar"));
        Openib.Outcome none = run("info").hasStatus(1).tells("openib: there are no jars yet", "cannot be written");
        assertThat(none.err()).as(none.toString()).hasSize(1);
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void shouldShowTheErrorsOfABuildThatFails() throws IOException {
        script(tools.resolve("mvn"), "#!/bin/sh\necho noise\necho '[ERROR] no such thing'\nexit 1\n");

        Openib.Outcome outcome = run("info").hasStatus(1).tells("openib: the build failed", "build.log");
        assertThat(outcome.err()).as(outcome.toString()).contains("[ERROR] no such thing");
        assertThat(outcome.out()).as(outcome.toString()).isEmpty();
    }

    @Test
    void shouldWorkThroughASymbolicLinkFromAnotherFolder() throws IOException {
        Path link = Files.createSymbolicLink(top.resolve("link"), Path.of("tree/openib"));
        Path second = Files.createSymbolicLink(tools.resolve("openib"), link);
        try (Openib openib = start(second.toString(), "info")) {
            Openib.Outcome outcome = openib.end().hasStatus(0);
            assertThat(outcome.out().get(0))
                    .as(outcome.toString())
                    .contains("-cp " + tree.toRealPath().resolve("cli/target/openib.jar"))
                    .endsWith("io.openib.cli.Main info");
        }
    }

    @Test
    void shouldHaveJavaFindAFolderThatHasOtherLettersThanAsciis() throws IOException {
        run("info").hasStatus(0);
        script(jdk.resolve("bin/java"), "#!/bin/sh\necho \"${LC_ALL:-}\"\n");
        String there =
                "there=$1/$(printf 'tr\\303\\251e'); cp -rp \"$0\" \"$there\"; LC_ALL=C exec \"$there/openib\" info";
        try (Openib openib = start("sh", "-c", there, tree.toString(), top.toString())) {
            assertThat(openib.end().hasStatus(0).out()).containsExactly("C.UTF-8");
        }
    }

    @Test
    void shouldHaveJavaFindAHomeThatHasOtherLettersThanAsciis() throws IOException {
        run("info").hasStatus(0);
        script(jdk.resolve("bin/java"), "#!/bin/sh\necho \"${LC_ALL:-}\"\n");
        String there = "HOME=/home/$(printf 'ren\\303\\251'); export HOME; LC_ALL=C exec \"$0/openib\" info";
        try (Openib openib = start("sh", "-c", there, tree.toString())) {
            assertThat(openib.end().hasStatus(0).out()).containsExactly("C.UTF-8");
        }
    }

    @Test
    void shouldRefuseAnOldJavaInOneLine() throws IOException {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"1.8.0_392\"\n");

        Openib.Outcome outcome = run("info").hasStatus(1).tells("is Java 8: Java 17 or later is needed");
        assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
    }

    @Test
    void shouldAllowNativeAccessWhereJavaAsksForIt() throws IOException {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25\"\n");

        Openib.Outcome outcome = run("info").hasStatus(0);
        assertThat(outcome.out().get(0)).as(outcome.toString()).contains("--enable-native-access=ALL-UNNAMED");
    }

    @Test
    void shouldPutForeignCallsBeforeAJavaThatHasThemAlone() throws IOException {
        String foreign = tree.toRealPath()
                .resolve("verbs-ffm/target/openib-verbs-ffm.jar")
                .toString();
        Files.createDirectories(Path.of(foreign).getParent());
        run("info").hasStatus(0);
        Files.writeString(Path.of(foreign), "");

        assertThat(run("info").hasStatus(0).out().get(0)).doesNotContain("verbs-ffm");
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"22\"\n");
        assertThat(run("info").hasStatus(0).out().get(0)).contains("openib.jar:" + foreign + " ");
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void shouldBuildForeignCallsWhenTheFirstJavaThatHasThemComes() throws IOException {
        Files.createDirectories(tree.resolve("verbs-ffm"));
        run("info").hasStatus(0);
        assertThat(builds()).isEqualTo(1);

        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"22\"\n");
        run("info").hasStatus(0);
        assertThat(builds()).isEqualTo(2);
        Files.delete(jdk.resolve("bin/javac"));
        run("info").hasStatus(0);
        assertThat(builds()).as("what cannot be built is done without").isEqualTo(2);
    }

    @Test
    void shouldSayWhenJavaHomeIsWrong() throws IOException {
        Files.delete(jdk.resolve("bin/java"));

        run("info").hasStatus(1).tells("openib: JAVA_HOME is " + jdk, "no bin/java");
    }

    @Test
    void shouldFindItsFolderWhateverCdpathSays() {
        List<String> line = List.of("sh", "-c", "cd " + top + " && tree/openib info");
        try (Openib openib = start(Map.of("CDPATH", top.toString()), line)) {
            Openib.Outcome outcome = openib.end().hasStatus(0);
            assertThat(outcome.out()).as(outcome.toString()).hasSize(1);
        }
    }

    @Test
    void shouldGiveWayToWhatUsersTellEveryJava() throws IOException {
        javaMakesArchives(0);
        run("info").hasStatus(0);
        List<String> line = List.of(tree.resolve("openib").toString(), "run", "-n", "2", "ring");
        try (Openib openib = start(Map.of(), line)) {
            assertThat(openib.end().hasStatus(0).out().get(0)).contains("-XX:+UseSerialGC", "-Xlog:disable");
        }
        Map<String, String> users = Map.of("JAVA_TOOL_OPTIONS", "-XX:+UseParallelGC", "_JAVA_OPTIONS", "-Xlog:gc");
        try (Openib openib = start(users, line)) {
            assertThat(openib.end().hasStatus(0).out().get(0))
                    .contains("SharedArchiveFile")
                    .doesNotContain("UseSerialGC", "-Xlog");
        }
    }

    /** A Java that leaves archives where it is told to, and otherwise tells what it is asked. */
    private void javaMakesArchives(int status) throws IOException {
        script(
                jdk.resolve("bin/java"),
                "#!/bin/sh\nisTraining=\nfor argument in \"$@\"; do\ncase $argument in\n"
                        + "-XX:ArchiveClassesAtExit=* | -Dopenib.archive.make=*) : >\"${argument#*=}\"; isTraining=1 ;;\n"
                        + "esac\ndone\nif [ -n \"$isTraining\" ]; then echo noise; echo made >>"
                        + top.resolve("archives")
                        + "; exit " + status + "; fi\necho \"$@\"\n");
    }

    private int archivesMade() throws IOException {
        Path log = top.resolve("archives");
        return Files.exists(log) ? Files.readAllLines(log).size() : 0;
    }

    @Test
    void shouldMakeArchivesOfClassesOnceForABuild() throws IOException {
        javaMakesArchives(0);
        Path archives = tree.toRealPath().resolve("cli/target/archives/17.0.9");
        run("info").hasStatus(0);
        assertThat(archivesMade()).as("nobody but run needs them").isZero();
        for (int i = 0; i < 2; i++) {
            Openib.Outcome outcome = run("run", "-n", "2", "ring").hasStatus(0);
            assertThat(outcome.out()).as(outcome.toString()).hasSize(1);
            assertThat(outcome.out().get(0))
                    .contains("-XX:SharedArchiveFile=" + archives.resolve("run.jsa"))
                    .contains("-Dopenib.archive=" + archives.resolve("rank.jsa"));
        }
        assertThat(archivesMade()).isEqualTo(1);
        assertThat(run("info").hasStatus(0).out().get(0))
                .as("others use what is there")
                .contains("-XX:SharedArchiveFile=" + archives.resolve("run.jsa"));

        Files.setLastModifiedTime(archives.resolve("made"), LONG_AGO);
        run("run", "-n", "2", "ring").hasStatus(0);
        assertThat(archivesMade()).isEqualTo(2);
    }

    /** What a user sees who waits at a terminal; and a Java that goes on when it is told to end is killed in time. */
    @Test
    void shouldSayOnATerminalThatItMakesArchivesAndBoundIt() throws IOException {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/script")), "needs script, of util-linux, for a pseudo terminal");
        javaMakesArchives(0);
        script(
                tools.resolve("timeout"),
                "#!/bin/sh\necho \"$1 $2 $3\" >>" + top.resolve("bounds") + "\nshift 3\nexec \"$@\"\n");
        run("info").hasStatus(0);
        String command = tree.resolve("openib") + " run -n 2 ring";
        try (Openib openib = start("script", "-qec", command, "/dev/null")) {
            Openib.Outcome outcome = openib.end().hasStatus(0);
            assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("making archives"));
        }
        assertThat(Files.readAllLines(top.resolve("bounds"))).containsExactly("-k 1 29");
    }

    @Test
    void shouldSayThatAFolderWithAColonIsNone() throws IOException {
        Path odd = Files.createDirectories(top.resolve("od:d"));
        script(odd.resolve("openib"), Files.readString(tree.resolve("openib")));
        try (Openib openib = start(odd.resolve("openib").toString(), "info")) {
            Openib.Outcome outcome = openib.end().hasStatus(1).tells("od:d has a colon in its name");
            assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
        }
    }

    @Test
    void shouldSayThatTheCurrentFolderIsGone() {
        String gone = top.resolve("gone").toString();
        String command = "mkdir " + gone + " && cd " + gone + " && rmdir " + gone + " && exec " + tree.resolve("openib")
                + " info";
        try (Openib openib = start("sh", "-c", command)) {
            openib.end().hasStatus(1).tells("openib: the current folder is not there any more");
        }
    }

    @Test
    void shouldNameTheLimitWhereThereAreTooFewFileDescriptors() {
        try (Openib openib = start(
                "sh",
                "-c",
                "ulimit -n 30 && exec \"$0\" \"$@\"",
                tree.resolve("openib").toString(),
                "info")) {
            Openib.Outcome outcome = openib.end().hasStatus(1).tells("may have 30 files open", "ulimit -Hn", "64");
            assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
        }
    }

    @Test
    void shouldMakeArchivesOnceWhenStartedTwiceAtOnce() throws IOException {
        javaMakesArchives(0);
        String command = tree.resolve("openib").toString();
        run("info").hasStatus(0);
        try (Openib one = start(command, "run", "-n", "2", "ring");
                Openib other = start(command, "run", "-n", "2", "ring")) {
            one.end().hasStatus(0);
            other.end().hasStatus(0);
        }
        assertThat(archivesMade()).isEqualTo(1);
    }

    @Test
    void shouldGoOnWithoutArchivesThatCannotBeMade() throws IOException {
        javaMakesArchives(1);
        run("info").hasStatus(0);
        for (int i = 0; i < 2; i++) {
            Openib.Outcome outcome = run("run", "-n", "2", "ring").hasStatus(0);
            assertThat(outcome.out().get(0)).as(outcome.toString()).doesNotContain("SharedArchiveFile");
            assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        }
        assertThat(archivesMade()).as("not tried in vain again and again").isEqualTo(1);

        Files.setLastModifiedTime(tree.resolve("cli/target/archives/17.0.9/failed"), LONG_AGO);
        run("run", "-n", "2", "ring").hasStatus(0);
        assertThat(archivesMade()).as("but once more after a while").isEqualTo(2);
        run("run", "-n", "2", "ring").hasStatus(0);
        assertThat(archivesMade()).as("and never again").isEqualTo(2);
    }
}
