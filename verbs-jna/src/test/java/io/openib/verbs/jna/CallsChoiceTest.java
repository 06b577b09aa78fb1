package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.McaParameters;
import io.openib.verbs.Availability;
import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.HotCallsComponent;
import io.openib.verbs.jna.calls.OpsPointers;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Components that call post and poll: one that can be used, ones that cannot, none. */
@Timeout(60)
class CallsChoiceTest {
    private static final String SERVICE = "META-INF/services/" + HotCallsComponent.class.getName();
    private static final String CLASS = SomeCalls.class.getName().replace('.', '/') + ".class";

    /** Where a class file has its version, in two bytes. */
    private static final int MAJOR_VERSION = 6;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    /** What a later release of Java compiled is refused by this one just as JDK 17 refuses verbs-ffm. */
    private static byte[] compiledByALaterJava() throws IOException {
        byte[] bytes = compiled();
        bytes[MAJOR_VERSION + 1]++;
        return bytes;
    }

    private static byte[] compiled() throws IOException {
        try (InputStream in = CallsChoiceTest.class.getClassLoader().getResourceAsStream(CLASS)) {
            byte[] bytes = in.readAllBytes();
            int running = Runtime.version().feature() + 44;
            bytes[MAJOR_VERSION] = (byte) (running >>> 8);
            bytes[MAJOR_VERSION + 1] = (byte) running;
            return bytes;
        }
    }

    private void jarWith(byte[] component) throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve("calls.jar"));
                JarOutputStream jar = new JarOutputStream(out)) {
            jar.putNextEntry(new ZipEntry(SERVICE));
            jar.write(SomeCalls.class.getName().getBytes(StandardCharsets.UTF_8));
            jar.putNextEntry(new ZipEntry(CLASS));
            jar.write(component);
        }
    }

    private HotCallsComponent choose(NativeCalls wanted) {
        return new CallsChoice(wanted, List.of(folder)).make();
    }

    @Test
    void shouldTakeTheComponentThatIsThere() throws IOException {
        jarWith(compiled());
        assertThat(choose(NativeCalls.AUTO).name()).isEqualTo("ffm");
        assertThat(choose(NativeCalls.FFM).name()).isEqualTo("ffm");
        assertThat(choose(NativeCalls.JNA).name()).isEqualTo("jna");
    }

    @Test
    void shouldDoWithoutAComponentForALaterJava() throws IOException {
        jarWith(compiledByALaterJava());
        assertThat(choose(NativeCalls.AUTO).name()).isEqualTo("jna");
        assertThatThrownBy(() -> choose(NativeCalls.FFM))
                .isInstanceOf(UnsupportedStackException.class)
                .hasMessageContaining("verbs_native_calls is ffm, but ")
                .hasMessageContaining("class file version")
                .hasMessageNotContaining("\n");
    }

    @Test
    void shouldSayWhatIsMissingWhereThereIsNone() {
        assertThat(choose(NativeCalls.AUTO).name()).isEqualTo("jna");
        assertThatThrownBy(() -> choose(NativeCalls.FFM))
                .isInstanceOf(UnsupportedStackException.class)
                .hasMessageContaining("Java 22 or later with the jar of verbs-ffm")
                .hasMessageContaining("set it to auto")
                .hasMessageNotContaining("\n");
    }

    @Test
    void shouldRefuseInOneLineWhatCannotBeHad() {
        JnaVerbsProvider provider = new JnaVerbsProvider();
        provider.configure(McaParameters.of(
                Map.of("verbs_native_calls", "ffm", "verbs_ibverbs_library", "libc.so.6"), provider.parameters()));
        Availability availability = provider.availability();
        assertThat(availability.isUsable()).isFalse();
        assertThat(availability.reason()).contains("verbs_native_calls is ffm").doesNotContain("\n");
    }

    /** With such a component in front of the class path, a JVM says a reason and goes on. */
    @Test
    void shouldSurviveAComponentForALaterJavaOnTheClassPath() throws Exception {
        Files.createDirectories(folder.resolve(CLASS).getParent());
        Files.createDirectories(folder.resolve(SERVICE).getParent());
        Files.write(folder.resolve(CLASS), compiledByALaterJava());
        Files.writeString(folder.resolve(SERVICE), SomeCalls.class.getName());
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        folder + ":" + System.getProperty("java.class.path"),
                        Choosing.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("auto takes jna", "verbs_native_calls is ffm, but ", "class file version")
                .doesNotContain("\tat ");
    }

    /** Main class of that JVM. */
    static final class Choosing {
        public static void main(String[] args) {
            System.out.println("auto takes "
                    + new CallsChoice(NativeCalls.AUTO, List.of()).make().name());
            try {
                new CallsChoice(NativeCalls.FFM, List.of()).make();
            } catch (UnsupportedStackException e) {
                System.out.println(e.reason());
            }
        }
    }

    /** Stands for the component of verbs-ffm. */
    public static final class SomeCalls implements HotCallsComponent {
        @Override
        public String name() {
            return "ffm";
        }

        @Override
        public int spiVersion() {
            return SPI_VERSION;
        }

        @Override
        public Availability availability() {
            return Availability.usable();
        }

        @Override
        public HotCalls bind(OpsPointers pointers) {
            throw new UnsupportedOperationException();
        }
    }
}
