package io.openib.mca;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/**
 * Finds the components that provide a service: those on the class or module path, and those in the jars of the
 * directories of {@link MechanismParameters#COMPONENT_PATH}.
 *
 * <p>Each such jar is a class-path jar, named {@code *.jar}, with its providers in {@code META-INF/services}; other jars
 * that it needs stand in its manifest's {@code Class-Path}. It gets a class loader of its own whose parent shows the JDK,
 * slf4j and the packages of our service interfaces only, so that it can bring its own versions of everything else. A
 * provider counts only if its class comes from that loader: a jar cannot name a class of ours as its own. A provider that
 * does not load, or throws from its constructor or when it is asked what its {@link ComponentKind} asks, becomes a {@link ComponentFailure} and hinders no other.
 *
 * <p>A module that loads a service declares {@code uses} for it, or the module system may leave its providers out.
 */
public final class ComponentLoader {
    /** The packages that component jars share with us; a package's subpackages are not part of it. */
    public static final Set<String> SPI_PACKAGES =
            Set.of("io.openib.mca", "io.openib.verbs", "io.openib.verbs.cm", "io.openib.wireup", "io.openib.btl");

    private final List<Path> directories;
    private final Set<String> spiPackages;

    private ComponentLoader(List<Path> directories, Set<String> spiPackages) {
        this.directories = List.copyOf(directories);
        this.spiPackages = Set.copyOf(spiPackages);
    }

    /** A loader for the directories that the parameters name. */
    public static ComponentLoader create(McaParameters parameters) {
        return create(parameters.value(MechanismParameters.COMPONENT_PATH), SPI_PACKAGES);
    }

    /** A loader for these directories, whose jars see these packages of ours. */
    public static ComponentLoader create(List<Path> directories, Set<String> spiPackages) {
        return new ComponentLoader(directories, spiPackages);
    }

    /** Loads every provider of a service; each call makes new instances. Nothing is asked of them yet. */
    public <S> LoadedComponents<S> load(Class<S> service) {
        return load(service, new Findings<>((where, component) -> ""));
    }

    /** Loads every component of a kind that says of itself what it must; each call makes new instances. */
    public <S> LoadedComponents<S> load(ComponentKind<S> kind) {
        return load(kind.service(), new Findings<>(new Admission<>(kind)::objection));
    }

    private <S> LoadedComponents<S> load(Class<S> service, Findings<S> findings) {
        PathProviders.search(service, findings);
        List<URLClassLoader> classLoaders = new ArrayList<>();
        for (Path directory : distinct(directories)) {
            for (Path jar : jarsOf(directory, findings)) {
                open(jar, service, findings).ifPresent(classLoaders::add);
            }
        }
        return new LoadedComponents<>(findings.components(), findings.failures(), classLoaders);
    }

    /** Each once, as it is named first. */
    private static Collection<Path> distinct(List<Path> directories) {
        Map<Path, Path> byPlace = new LinkedHashMap<>();
        directories.forEach(directory -> byPlace.putIfAbsent(place(directory), directory));
        return byPlace.values();
    }

    private static Path place(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            return directory.toAbsolutePath().normalize(); // why nobody can look there is told where it is searched
        }
    }

    private static List<Path> jarsOf(Path directory, Findings<?> findings) {
        List<Path> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.jar")) {
            found.forEach(jars::add);
        } catch (IOException | DirectoryIteratorException e) {
            findings.fail(
                    directory.toString(),
                    "cannot be searched for components (" + e + "); correct "
                            + MechanismParameters.COMPONENT_PATH.name());
        }
        jars.sort(null);
        return jars;
    }

    /** Java would take the part before {@code !/} for the jar. */
    private static URL urlOf(Path jar) throws IOException {
        return URI.create(jar.toUri().toString().replace("!", "%21")).toURL();
    }

    private <S> Optional<URLClassLoader> open(Path jar, Class<S> service, Findings<S> findings) {
        if (!Files.isRegularFile(jar)) { // nobody may ever write to a pipe
            findings.fail(jar.toString(), "cannot be opened as a jar: it is no regular file; remove it");
            return Optional.empty();
        }
        try (JarFile file = new JarFile(jar.toFile())) {
            ZipEntry entry = file.getEntry(JarProviders.entryOf(service));
            if (entry == null) {
                return Optional.empty();
            }
            URL[] urls = {urlOf(jar)};
            SpiClassLoader parent = new SpiClassLoader(service.getClassLoader(), spiPackages);
            URLClassLoader classLoader = new URLClassLoader(jar.toString(), urls, parent);
            new JarProviders<>(service, classLoader, findings).search(file.getInputStream(entry));
            return Optional.of(classLoader);
        } catch (IOException e) {
            findings.fail(jar.toString(), "cannot be opened as a jar (" + e + ")");
            return Optional.empty();
        }
    }
}
