package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.McaParameters;
import io.openib.verbs.Availability;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.jna.elf.LibraryFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Libraries that are not there, or not what they should be, are a reason and never a crash. */
@Timeout(60)
class AbsentStackTest {
    private static final int EI_CLASS = 4;
    private static final byte ELFCLASS32 = 1;
    private static final int E_MACHINE = 18;
    private static final byte EM_RISCV = (byte) 243;
    private static final int E_PHOFF = 32;
    private static final int E_SHOFF = 40;
    private static final int E_PHNUM = 56;
    private static final int PHENTSIZE = 56;
    private static final int PT_LOAD = 1;
    private static final long SEED = Long.getLong("openib.testkit.seed", System.nanoTime());

    @BeforeAll
    static void printSeed() {
        System.out.println("seed " + SEED + " (repeat with -Dopenib.testkit.seed=" + SEED + ")");
    }

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

    /** Of what a library holds, whatever is cut off: the dynamic linker would map what is not there, and crash. */
    @Test
    void shouldRefuseATruncatedLibrary() throws IOException {
        byte[] whole = Files.readAllBytes(someLibrary());
        for (int length : truncations(whole.length)) {
            Path half = Files.write(folder.resolve("half.so"), Arrays.copyOf(whole, length));
            assertRefused(half.toString(), half.toString(), "; install", "verbs_ibverbs_library");
        }
    }

    /** Without the table of sections, which only tools read, the segments alone tell what is missing. */
    @Test
    void shouldRefuseATruncatedLibraryWithoutSections() throws IOException {
        byte[] whole = Files.readAllBytes(someLibrary());
        Arrays.fill(whole, E_SHOFF, E_SHOFF + Long.BYTES, (byte) 0);
        int segmentsEnd = endOfSegments(whole);
        for (int length : truncations(segmentsEnd)) {
            Path half = Files.write(folder.resolve("half.so"), Arrays.copyOf(whole, length));
            assertRefused(half.toString(), half.toString(), "; install");
        }
    }

    private static int endOfSegments(byte[] whole) {
        ByteBuffer bytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        long end = 0;
        for (int i = 0; i < bytes.getShort(E_PHNUM); i++) {
            int at = (int) bytes.getLong(E_PHOFF) + i * PHENTSIZE;
            if (bytes.getInt(at) == PT_LOAD) {
                end = Math.max(end, bytes.getLong(at + 8) + bytes.getLong(at + 32));
            }
        }
        return (int) end;
    }

    /** Each end of a page and what is near it, the headers, the last byte, and some in between. */
    private static List<Integer> truncations(int length) {
        Random random = new Random(SEED);
        TreeSet<Integer> lengths = new TreeSet<>(List.of(0, 1, 4, 16, 40, 63, 64, 65, 120, 400, 4000, length - 1));
        for (int page = 4096; page < length; page += 4096) {
            lengths.addAll(List.of(page - 1, page, page + 1));
        }
        random.ints(100, 0, length).forEach(lengths::add);
        lengths.removeIf(cut -> cut >= length);
        return List.copyOf(lengths);
    }

    @Test
    void shouldRefuseALibraryOfZeroesAfterItsBeginning() throws IOException {
        byte[] hollow = Files.readAllBytes(someLibrary());
        Arrays.fill(hollow, 4000, hollow.length, (byte) 0);
        Path file = Files.write(folder.resolve("hollow.so"), hollow);
        assertRefused(file.toString(), file.toString(), "damaged");
    }

    @Test
    void shouldRefuseALibraryOfAnotherProcessor() throws IOException {
        byte[] other = Files.readAllBytes(someLibrary());
        other[E_MACHINE] = EM_RISCV;
        Path foreign = Files.write(folder.resolve("foreign.so"), other);
        assertRefused(foreign.toString(), foreign.toString(), "riscv", "this Java is ");
    }

    @Test
    void shouldRefuseALibraryOfAnotherWordSize() throws IOException {
        byte[] other = Files.readAllBytes(someLibrary());
        other[EI_CLASS] = ELFCLASS32;
        Path foreign = Files.write(folder.resolve("foreign.so"), other);
        assertRefused(foreign.toString(), foreign.toString(), "32 bit", "this Java is ", "64 bit");
    }

    @Test
    void shouldRefuseAFolderAndAnEmptyFile() throws IOException {
        assertRefused(folder.toString(), folder.toString(), "is a folder");
        Path empty = Files.createFile(folder.resolve("empty.so"));
        assertRefused(empty.toString(), empty.toString(), "truncated", "the file has 0");
    }

    @Test
    void shouldNotWaitForWhoeverWritesToAPipe() throws Exception {
        Path pipe = folder.resolve("pipe.so");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertRefused(pipe.toString(), pipe.toString(), "no regular file");
    }

    @Test
    void shouldNameTheSymbolsThatALibraryLacks() {
        assertRefused("libc.so.6", "ibv_open_device", "rdma-core");
    }

    /** The installed libibverbs, or what the JDK has: it is never loaded here. */
    private static Path someLibrary() {
        Path zip = Path.of(System.getProperty("java.home"), "lib", "libzip.so");
        return new LibraryFiles().find(IbverbsLibrary.STANDARD_NAME).orElse(zip);
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
