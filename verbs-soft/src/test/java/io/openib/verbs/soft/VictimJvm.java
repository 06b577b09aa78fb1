package io.openib.verbs.soft;

import io.openib.mca.McaParameters;
import io.openib.verbs.Device;
import io.openib.verbs.testkit.LocalSide;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.Deflater;
import org.slf4j.Logger;

/**
 * Starts processes that live for a fraction of a second: one jar of nothing but the classes they need, no logging to set up,
 * and those classes as an archive that the virtual machine maps (class data sharing takes classes from jars only).
 */
final class VictimJvm implements AutoCloseable {
    private static final List<String> LEAN = List.of(
            "-Xmx24m",
            "-Xss256k",
            "-XX:+UseSerialGC",
            "-Xint",
            "-XX:-UsePerfData",
            "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider",
            "-Dslf4j.internal.verbosity=ERROR");

    private final Queue<Process> started = new ConcurrentLinkedQueue<>();
    private final Path jar;
    private final Path archive;

    /** Gathers the jar in a folder that exists. */
    VictimJvm(Path folder) throws IOException {
        jar = folder.resolve("victims.jar");
        archive = folder.resolve("victims.jsa");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.setLevel(Deflater.NO_COMPRESSION);
            Set<String> names = new HashSet<>();
            for (Path source : sources()) {
                copy(source, out, names);
            }
        }
    }

    private static Set<Path> sources() {
        Set<Path> sources = new HashSet<>();
        for (Class<?> inEach : List.of(
                Victim.class,
                SoftProvider.class,
                Device.class,
                McaParameters.class,
                com.typesafe.config.Config.class,
                LocalSide.class,
                Logger.class)) {
            try {
                sources.add(Path.of(inEach.getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI()));
            } catch (URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return sources;
    }

    private static void copy(Path source, JarOutputStream out, Set<String> names) throws IOException {
        if (!Files.isDirectory(source)) {
            try (JarFile in = new JarFile(source.toFile())) {
                for (JarEntry entry : in.stream().toList()) {
                    add(entry.getName(), in.getInputStream(entry).readAllBytes(), out, names);
                }
            }
            return;
        }
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                add(source.relativize(file).toString(), Files.readAllBytes(file), out, names);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void add(String name, byte[] bytes, JarOutputStream out, Set<String> names) throws IOException {
        boolean isWanted =
                name.endsWith(".class") && !name.startsWith("META-INF/") && !name.equals("module-info.class");
        if (isWanted && names.add(name)) {
            out.putNextEntry(new JarEntry(name));
            out.write(bytes);
        }
    }

    /** A process that leaves its classes as an archive for the following ones when it ends in order. */
    Process startTraining(Class<?> main, String... arguments) {
        return start("-XX:ArchiveClassesAtExit=" + archive, main, arguments);
    }

    /** A process that starts from the archive if there is one. */
    Process start(Class<?> main, String... arguments) {
        return start(Files.exists(archive) ? "-XX:SharedArchiveFile=" + archive : "-Xshare:auto", main, arguments);
    }

    private Process start(String sharing, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(LEAN);
        command.addAll(List.of("-Xshare:auto", "-Xlog:disable", "-Xlog:all=error:stderr", sharing, "-cp"));
        command.add(jar.toString());
        command.add(main.getName());
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            started.add(process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends those that still live, which are at their fault points for ever when a test fails. */
    @Override
    public void close() {
        started.forEach(Process::destroyForcibly);
    }
}
