package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.jna.elf.LibraryFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What libibverbs would load by itself is looked at first. */
@Timeout(60)
class ProviderLibrariesTest {
    private static final Path WHOLE = Path.of(System.getProperty("java.home"), "lib", "libzip.so");

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    private ProviderLibraries providers;

    @BeforeEach
    void makeFolders() throws IOException {
        providers = new ProviderLibraries(
                Files.createDirectory(folder.resolve("libibverbs.d")),
                Files.createDirectory(folder.resolve("libibverbs")),
                "-rdmav34.so");
    }

    private void configure(String file, String text) throws IOException {
        Files.writeString(providers.configuration().resolve(file), text);
    }

    private Path truncated(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(WHOLE);
        return Files.write(folder.resolve(name), Arrays.copyOf(bytes, 4000));
    }

    private void verify(Map<String, String> environment) {
        providers.verify(new LibraryFiles(), environment);
    }

    @Test
    void shouldReadFromTheLibraryWhereItsProvidersAre() throws IOException {
        Path library = Files.writeString(
                folder.resolve("libibverbs.so.1"),
                "ELF\0lib%s-rdmav57.so\0/opt/x/etc/libibverbs.d\0driver\0/opt/x/lib/libibverbs/lib%s-rdmav57.so\0");
        assertThat(ProviderLibraries.of(library))
                .contains(new ProviderLibraries(
                        Path.of("/opt/x/etc/libibverbs.d"), Path.of("/opt/x/lib/libibverbs"), "-rdmav57.so"));
        assertThat(ProviderLibraries.of(WHOLE)).isEmpty();
        assertThat(ProviderLibraries.of(folder.resolve("nowhere"))).isEmpty();
    }

    @Test
    void shouldRefuseADamagedProviderThatTheConfigurationNames() throws IOException {
        Path damaged = truncated("libibverbs/libmlx5-rdmav34.so");
        configure("mlx5.driver", "# hardware\n  driver\tmlx5  \n");
        assertThatThrownBy(() -> verify(Map.of()))
                .isInstanceOf(UnsupportedStackException.class)
                .hasMessageContaining(damaged.toString())
                .hasMessageContaining("truncated")
                .hasMessageContaining("mlx5.driver")
                .hasMessageContaining("; install its package again");
    }

    @Test
    void shouldPassOverProvidersThatAreNotLoaded() throws IOException {
        truncated("libibverbs/libmlx5-rdmav34.so");
        truncated("libibverbs/librxe-rdmav22.so");
        Files.copy(WHOLE, providers.folder().resolve("librxe-rdmav34.so"));
        configure("rxe.driver", "driver rxe\n");
        configure("siw.driver", "driver siw\n");
        assertThatCode(() -> verify(Map.of())).doesNotThrowAnyException();
    }

    @Test
    void shouldLookAtTheProvidersOfTheEnvironment() throws IOException {
        Path damaged = truncated("own-rdmav34.so");
        String driver = folder.resolve("own").toString();
        assertThatThrownBy(() -> verify(Map.of("IBV_DRIVERS", "none;" + driver)))
                .hasMessageContaining(damaged.toString())
                .hasMessageContaining("IBV_DRIVERS");
    }
}
