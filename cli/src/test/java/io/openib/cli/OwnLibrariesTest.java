package io.openib.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

class OwnLibrariesTest {
    static final List<String> CLASSES = OwnLibraries.CLASSES;

    static Stream<String> jars() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"));
    }

    @ParameterizedTest
    @FieldSource("CLASSES")
    void shouldNameAClassThatIsThere(String name) {
        assertThat(OwnLibraries.class.getClassLoader().getResource(name)).isNotNull();
    }

    /** By the first two folders of its packages, which several jars of one maker share. */
    @ParameterizedTest
    @MethodSource("jars")
    void shouldNameAClassOfEachLibrary(String jar) throws IOException {
        try (JarFile file = new JarFile(jar)) {
            List<String> makers = file.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.endsWith(".class") && name.contains("/") && !name.startsWith("META-INF/"))
                    .map(OwnLibrariesTest::maker)
                    .distinct()
                    .toList();
            assertThat(OwnLibraries.CLASSES.stream().map(OwnLibrariesTest::maker))
                    .containsAll(makers);
        }
    }

    private static String maker(String name) {
        int first = name.indexOf('/');
        int second = name.indexOf('/', first + 1);
        return name.substring(0, second < 0 ? first : second);
    }

    @Test
    void shouldSeeThatAProgramBringsNone() throws IOException {
        try (URLClassLoader program = new URLClassLoader(new URL[] {url(Path.of("target/test-classes"))}, null)) {
            assertThat(OwnLibraries.isAnyIn(program)).isFalse();
        }
    }

    private static URL url(Path path) throws MalformedURLException {
        return path.toUri().toURL();
    }
}
