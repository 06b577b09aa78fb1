package io.openib.cli;

import io.openib.cli.launch.LaunchException;
import io.openib.cli.launch.RankCommand;
import io.openib.cli.launch.UserJavaOptions;
import io.openib.cli.output.CommandLines;
import io.openib.cli.output.UsageException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where a job's classes come from: this program's own jars, and what {@code -cp} gives. */
final class ProgramPath {
    private static final String WILDCARD = "*";
    /** A component beside the program's classes brings parameters that only the ranks can know. */
    private static final String[] SERVICES = {
        "META-INF/services/io.openib.btl.BtlComponent",
        "META-INF/services/io.openib.wireup.WireupComponent",
        "META-INF/services/io.openib.verbs.VerbsProvider"
    };

    /**
     * Ten times the virtual machine's own: what runs a few hundred times while a rank starts and connects is not worth compiling,
     * and the compiler's thread takes its processor from the control thread just then. docs/performance.md has the figures.
     */
    private static final List<String> COMPILE_LATER = List.of(
            "-XX:Tier3InvocationThreshold=2000",
            "-XX:Tier3MinInvocationThreshold=1000",
            "-XX:Tier3CompileThreshold=20000");

    private static final String LOG_SERVICE = "META-INF/services/org.slf4j.spi.SLF4JServiceProvider";

    private final List<String> entries;
    private final URL[] urls;

    private ProgramPath(List<String> entries, URL[] urls) {
        this.entries = entries;
        this.urls = urls;
    }

    /** Reads a class path; every part of it must be there. */
    static ProgramPath of(String text) {
        List<String> entries = new ArrayList<>();
        List<URL> urls = new ArrayList<>();
        for (String entry : text.split(File.pathSeparator, -1)) {
            if (entry.isEmpty()) {
                continue;
            }
            entries.add(entry);
            for (Path file : files(entry)) {
                urls.add(url(file));
            }
        }
        return new ProgramPath(entries, urls.toArray(URL[]::new));
    }

    private static List<Path> files(String entry) {
        Path path = path(entry.endsWith(WILDCARD) ? entry.substring(0, entry.length() - 1) : entry);
        if (!Files.exists(path)) {
            throw new UsageException("-cp " + entry + ": there is no such file or folder");
        }
        if (!entry.endsWith(WILDCARD)) {
            return List.of(path);
        }
        List<Path> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(path, "*.{jar,JAR}")) {
            found.forEach(jars::add);
        } catch (IOException e) {
            throw new LaunchException("-cp " + entry + ": cannot be listed (" + e.getMessage() + ")", e);
        }
        return jars;
    }

    /** Java names files in the characters of the locale alone. */
    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new UsageException("-cp " + text + ": Java cannot name such a file in this locale ("
                    + System.getProperty("sun.jnu.encoding") + "); set LC_ALL, for example to C.UTF-8");
        }
    }

    private static URL url(Path file) {
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new LaunchException("-cp " + file + ": is no path of a file", e);
        }
    }

    /** Whether it brings components, whose parameters this process does not know. */
    boolean hasComponents() {
        return ask(program -> Arrays.stream(SERVICES).anyMatch(name -> program.getResource(name) != null), false);
    }

    private <T> T ask(Function<ClassLoader, T> question, T unreadable) {
        try (URLClassLoader program = new URLClassLoader(urls, null)) {
            return question.apply(program);
        } catch (IOException e) {
            return unreadable;
        }
    }

    /** What each rank runs. */
    RankCommand command(String program, List<String> arguments) {
        Optional<BundledProgram> bundled = BundledProgram.named(program);
        if (bundled.isEmpty()) {
            checkMainClass(program);
        }
        List<String> java = new ArrayList<>(options(bundled));
        if (bundled.isEmpty()) {
            // Named, since slf4j prints a warning where it finds two; and told not to print that it was named.
            logBinding()
                    .ifPresent(binding ->
                            java.addAll(List.of("-Dslf4j.provider=" + binding, "-Dslf4j.internal.verbosity=WARN")));
        }
        Module module = ProgramPath.class.getModule();
        if (module.isNamed() && bundled.isPresent() && entries.isEmpty()) {
            java.addAll(List.of("-p", System.getProperty("jdk.module.path"), "-m"));
            return new RankCommand(
                    java, List.of(module.getName() + "/" + bundled.get().mainClass()), arguments, false);
        }
        List<String> path = new ArrayList<>(ownPath(module));
        // A program that brings libraries of ours runs with its own. Else ours stay in front: Java maps an archive of
        // classes only where the path begins as it did when the archive was made.
        boolean isOursFirst = bundled.isPresent() || !ask(OwnLibraries::isAnyIn, true);
        path.addAll(isOursFirst ? path.size() : 0, entries);
        java.addAll(List.of("-cp", String.join(File.pathSeparator, path)));
        return new RankCommand(
                java, List.of(bundled.map(BundledProgram::mainClass).orElse(program)), arguments, isOursFirst);
    }

    /** The slf4j binding that the program brings, by the name of its class. */
    private Optional<String> logBinding() {
        return ask(program -> Optional.ofNullable(program.getResource(LOG_SERVICE)), Optional.<URL>empty())
                .flatMap(ProgramPath::firstName);
    }

    private static Optional<String> firstName(URL service) {
        try (InputStream in = service.openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static List<String> options(Optional<BundledProgram> bundled) {
        List<String> options = new ArrayList<>(List.of("-XX:-UsePerfData"));
        if (bundled.isPresent() && !UserJavaOptions.chooseCollector()) {
            // Hardly any garbage: the collector with the fewest threads leaves most of the cores to the ranks.
            options.add("-XX:+UseSerialGC");
        }
        if (bundled.isPresent() && !UserJavaOptions.chooseCompiler()) {
            options.addAll(COMPILE_LATER);
            if (bundled.get().isCheck()) {
                // The second compiler would take as much of the processors as what is to be checked.
                options.add("-XX:TieredStopAtLevel=1");
            }
        }
        if (CommandLines.isVerbose()) {
            options.add("-D" + CommandLines.VERBOSE + "=true");
            options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
        }
        return options;
    }

    private static List<String> ownPath(Module module) {
        if (!module.isNamed()) {
            return List.of(System.getProperty("java.class.path"));
        }
        List<String> path = new ArrayList<>();
        for (String entry : System.getProperty("jdk.module.path", "").split(File.pathSeparator, -1)) {
            path.add(
                    Files.isDirectory(Path.of(entry)) ? Path.of(entry, WILDCARD).toString() : entry);
        }
        return path;
    }

    private void checkMainClass(String name) {
        String resource = name.replace('.', '/') + ".class";
        @Nullable ClassLoader own = ProgramPath.class.getClassLoader();
        try (URLClassLoader loader = new URLClassLoader(urls, own)) {
            if (loader.getResource(resource) != null) {
                return;
            }
        } catch (IOException e) {
            throw new LaunchException("-cp " + entries + ": cannot be read (" + e.getMessage() + ")", e);
        }
        String where = entries.isEmpty()
                ? "give -cp for a main class of your own"
                : "and -cp " + String.join(File.pathSeparator, entries) + " has no such class";
        throw new UsageException(
                "no program is called \"" + name + "\": there is " + BundledProgram.labels() + "; " + where);
    }
}
