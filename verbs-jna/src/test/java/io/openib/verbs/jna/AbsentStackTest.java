package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.McaParameters;
import io.openib.verbs.Availability;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Libraries that are not there, or not what they should be, are a reason and never a crash. */
@Timeout(60)
class AbsentStackTest {
    /** Where an ELF file says for which processor it is. */
    private static final int E_MACHINE = 18;

    private static final byte EM_AARCH64 = (byte) 183;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    private static JnaVerbsProvider with(String library) {
        JnaVerbsProvider provider = new JnaVerbsProvider();
        provider.configure(McaParameters.of(
                Map.of("verbs_ibverbs_library", library, "verbs_rdmacm_library", library), provider.parameters()));
        return provider;
    }

    private static void assertRefused(String library, String... parts) {
        JnaVerbsProvider provider = with(library);
        Availability availability = provider.availability();
        assertThat(availability.isUsable()).isFalse();
        assertThat(availability.reason()).contains(parts).doesNotContain("\n");
        assertThat(provider.deviceNames()).isEmpty();
        assertThat(provider.connectionManager().availability().isUsable()).isFalse();
        assertThatThrownBy(() -> provider.open("mlx5_0"))
                .isInstanceOfSatisfying(
                        VerbsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));
    }

    @Test
    void shouldSayWhichLibraryIsMissing() {
        String nowhere = folder.resolve("libibverbs.so.1").toString();
        assertRefused(nowhere, nowhere, "verbs_ibverbs_library", "install");
    }

    @Test
    void shouldRefuseAFileThatIsNoLibrary() throws IOException {
        Path text = Files.writeString(
                folder.resolve("text.so"),
                "this is no library, though long enough to be one: the header of ELF has 64 bytes");
        assertRefused(text.toString(), text.toString());
    }

    @Test
    void shouldRefuseATruncatedLibrary() throws IOException {
        byte[] whole = someLibrary();
        Path half = Files.write(folder.resolve("half.so"), Arrays.copyOf(whole, 40));
        assertRefused(half.toString(), half.toString());
    }

    @Test
    void shouldRefuseALibraryOfAnotherProcessor() throws IOException {
        byte[] other = someLibrary();
        other[E_MACHINE] = EM_AARCH64;
        Path foreign = Files.write(folder.resolve("foreign.so"), other);
        assertRefused(foreign.toString(), foreign.toString());
    }

    @Test
    void shouldNameTheSymbolsThatALibraryLacks() {
        assertRefused("libc.so.6", "ibv_open_device", "rdma-core");
    }

    private static byte[] someLibrary() throws IOException {
        Path lib = Path.of(System.getProperty("java.home"), "lib");
        try (Stream<Path> files = Files.list(lib)) {
            Path any = files.filter(file -> file.toString().endsWith(".so"))
                    .findFirst()
                    .orElseThrow();
            return Files.readAllBytes(any);
        }
    }

    @Test
    void shouldBeFoundByTheServiceLoader() {
        List<String> names = ServiceLoader.load(VerbsProvider.class).stream()
                .map(provider -> provider.get().name())
                .toList();
        assertThat(names).contains("jna");
    }

    /** A JVM in which JNA's own library cannot be loaded: who finds no device in the kernel must not notice. */
    @Test
    void shouldLoadNothingNativeBeforeItIsAsked() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djna.noclasspath=true",
                        "-Djna.nosys=true",
                        "-Djna.boot.library.path=" + folder,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Naming.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("named jna", "the kernel has no RDMA device", "JNA cannot be used here")
                .doesNotContain("\tat ");
    }

    /** Main class of that JVM. */
    static final class Naming {
        public static void main(String[] args) {
            JnaVerbsProvider provider = new JnaVerbsProvider(new KernelDevices(Path.of(args[0])));
            provider.parameters();
            provider.exclusivity();
            provider.connectionManager();
            System.out.println("named " + provider.name());
            System.out.println(provider.availability().reason());
            provider.configure(McaParameters.of(Map.of("verbs_ibverbs_library", "libc.so.6"), provider.parameters()));
            System.out.println(provider.availability().reason());
        }
    }
}
