package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.foreign.BrokenProvider;
import io.openib.tests.system.foreign.BrokenWireup;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.WireupComponent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A jar in {@code mca_component_path} whose components throw whatever they are asked hinders no other. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BrokenComponentTest {
    private final Path folder;

    BrokenComponentTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(folder.resolve("broken.jar")))) {
            put(jar, VerbsProvider.class, BrokenProvider.class);
            put(jar, WireupComponent.class, BrokenWireup.class);
        }
    }

    private static void put(JarOutputStream jar, Class<?> service, Class<?> provider) throws IOException {
        jar.putNextEntry(new JarEntry("META-INF/services/" + service.getName()));
        jar.write(provider.getName().getBytes(StandardCharsets.UTF_8));
        String file = provider.getName().replace('.', '/') + ".class";
        jar.putNextEntry(new JarEntry(file));
        try (InputStream in = provider.getClassLoader().getResourceAsStream(file)) {
            Objects.requireNonNull(in).transferTo(jar);
        }
    }

    @Test
    void shouldListWhatThrowsAndRunWithoutIt() {
        Openib.Outcome info = Openib.run("info", "--level", "1", "--mca", "mca_component_path", folder.toString())
                .hasStatus(0);
        assertThat(info.out())
                .as(info.toString())
                .anyMatch(line -> line.startsWith("wireup ")
                        && line.contains("broken.jar: not available, ")
                        && line.contains("acme/Parameters"))
                .anyMatch(line -> line.startsWith("device broken: not available, ") && line.contains("acme/Fabric"))
                .anyMatch(line -> line.startsWith("wireup oob: available"));

        Openib.run("run", "-n", "2", "--mca", "mca_component_path", folder.toString(), "ring")
                .hasStatus(0);
    }
}
