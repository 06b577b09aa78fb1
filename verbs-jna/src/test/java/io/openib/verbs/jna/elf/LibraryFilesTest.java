package io.openib.verbs.jna.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Finding libraries as the dynamic linker does, and seeing what is wrong with them before it. */
@Timeout(60)
class LibraryFilesTest {
    private static final Path LIB = Path.of(System.getProperty("java.home"), "lib");

    private static final String ZIP = "libzip.so";
    private static final ElfHeader.Target OWN = ElfHeader.Target.OWN;
    private static final int E_MACHINE = 18;
    private static final int RISCV = 243;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    private Path copy(String name) throws IOException {
        return Files.copy(LIB.resolve(name), folder.resolve(name));
    }

    private static Path zipFor(int machine, Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(LIB.resolve(ZIP));
        bytes[E_MACHINE] = (byte) machine;
        return Files.write(file, bytes);
    }

    @Test
    void shouldPassWholeLibraries() throws Exception {
        LibraryFiles files = new LibraryFiles();
        for (String name : new String[] {ZIP, "libnet.so", "libjava.so", "server/libjvm.so"}) {
            files.verify(LIB.resolve(name));
        }
        files.verify(files.find("libc.so.6").orElseThrow());
    }

    @Test
    void shouldReadWhatALibraryNeeds() throws Exception {
        assertThat(ElfLibrary.read(LIB.resolve("libnet.so"), OWN).needed()).contains("libjava.so", "libc.so.6");
    }

    @Test
    void shouldRefuseALibraryForThatWhichItNeeds() throws IOException {
        Path net = copy("libnet.so");
        Path java = folder.resolve("libjava.so");
        Files.write(java, Arrays.copyOf(Files.readAllBytes(LIB.resolve("libjava.so")), 5000));
        LibraryFiles files = new LibraryFiles();
        for (Path file : List.of(net, net, java)) {
            assertThatThrownBy(() -> files.verify(file))
                    .isInstanceOf(DamagedLibraryException.class)
                    .hasMessageStartingWith(java + " is truncated")
                    .hasMessageEndingWith("the file has 5000");
        }
    }

    @Test
    void shouldSearchInTheLinkersOrderAndPassOverOtherProcessors() throws IOException {
        Path second = Files.createDirectory(folder.resolve("second"));
        Path cached = Files.createDirectory(folder.resolve("cached"));
        for (Path each : new Path[] {folder, second, cached}) {
            Files.copy(LIB.resolve(ZIP), each.resolve("libx.so.1"));
        }
        LinkerCache cache = cache("libx.so.1", cached.resolve("libx.so.1"));
        Supplier<LibraryFiles> now = () -> new LibraryFiles(folder + ":" + second, cache, OWN);
        assertThat(now.get().find("libx.so.1")).contains(folder.resolve("libx.so.1"));
        zipFor(RISCV, folder.resolve("libx.so.1"));
        assertThat(now.get().find("libx.so.1")).contains(second.resolve("libx.so.1"));
        Files.delete(second.resolve("libx.so.1"));
        assertThat(now.get().find("libx.so.1")).contains(cached.resolve("libx.so.1"));
        assertThat(now.get().find("libx.so.2")).isEmpty();
        assertThat(now.get().find(folder + "/nowhere.so")).isEmpty();
    }

    /** Whatever this test runs on, as a Java of one processor meets the libraries of the other. */
    @ParameterizedTest
    @CsvSource({"62, x86-64, x86_64-linux-gnu, 183, aarch64", "183, aarch64, aarch64-linux-gnu, 62, x86-64"})
    void shouldTellTheTwoProcessorsApart(int machine, String name, String multiarch, int otherMachine, String otherName)
            throws Exception {
        ElfHeader.Target own = new ElfHeader.Target(2, 1, machine);
        assertThat(LibraryFiles.standardFolders(own)).startsWith("/lib/" + multiarch, "/usr/lib/" + multiarch);
        Path other = zipFor(otherMachine, folder.resolve("libx.so.1"));
        Path second = Files.createDirectory(folder.resolve("second"));
        Path ours = zipFor(machine, second.resolve("libx.so.1"));
        LibraryFiles files = new LibraryFiles(folder.toString(), cache("libx.so.1", ours), own);
        assertThat(files.find("libx.so.1")).contains(ours);
        files.verify(ours);
        assertThatThrownBy(() -> files.verify(other))
                .isInstanceOf(DamagedLibraryException.class)
                .hasMessage(other + " is for another processor: " + otherName + ", 64 bit, little endian; this Java is "
                        + name + ", 64 bit, little endian");
    }

    private static LinkerCache cache(String name, Path file) {
        byte[] texts = (name + '\0' + file + '\0').getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + 48 + 24 + texts.length).order(ByteOrder.nativeOrder());
        bytes.position(8); // behind an older table
        bytes.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII)).putInt(1);
        bytes.position(8 + 48);
        bytes.putInt(0x303).putInt(72).putInt(72 + name.length() + 1);
        bytes.position(8 + 72).put(texts);
        return LinkerCache.of(bytes.array());
    }

    @Test
    void shouldFindInThisHostsCacheWhatTheLinkerFinds() {
        Path file = Path.of("/etc/ld.so.cache");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(file), "this host has no ld.so.cache");
        assertThat(LinkerCache.read(file).files("libc.so.6")).isNotEmpty().allMatch(Files::exists);
    }

    @Test
    void shouldNotBelieveADamagedCache() {
        byte[] bytes = new byte[100];
        Random random = new Random(4711);
        for (int i = 0; i < 1000; i++) {
            random.nextBytes(bytes);
            System.arraycopy("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 20);
            assertThatCode(() -> LinkerCache.of(bytes).files("libc.so.6")).doesNotThrowAnyException();
        }
    }

    /** Whatever stands in its headers, a file is read or refused in words. */
    @Test
    void shouldRefuseNonsenseInWords() throws IOException {
        byte[] whole = Files.readAllBytes(LIB.resolve(ZIP));
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Path file = folder.resolve("nonsense.so");
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = whole.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bytes[4 + random.nextInt(600)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                ElfLibrary.read(file, OWN);
            } catch (DamagedLibraryException e) {
                assertThat(e).hasMessageStartingWith(file + " ");
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }
}
