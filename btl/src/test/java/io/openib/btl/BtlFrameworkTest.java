package io.openib.btl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class BtlFrameworkTest {
    private final Path folder;

    BtlFrameworkTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void calmDown() {
        FakeComponent.whileDiscovering = () -> {};
        FakeComponent.whileOpening = () -> {};
    }

    private static void throwIt() {
        throw new NoClassDefFoundError("acme/Gone");
    }

    @Test
    void shouldListATransportThatThrowsWhileItLooksForItsComponents() {
        FakeComponent.whileDiscovering = BtlFrameworkTest::throwIt;
        BtlFramework framework = load(Map.of());
        assertThat(framework.components()).isEmpty();
        assertThat(framework.failures()).singleElement().asString().contains("FakeComponent", "acme/Gone");
        assertThatThrownBy(framework::open)
                .isInstanceOf(BtlException.class)
                .hasMessageContaining("none was found")
                .hasMessageContaining("acme/Gone");
    }

    @Test
    void shouldSayWhichTransportThrowsWhatNoneShouldWhenItIsOpened() {
        FakeComponent.whileOpening = BtlFrameworkTest::throwIt;
        assertThatThrownBy(load(Map.of())::open)
                .isInstanceOf(BtlException.class)
                .hasMessage("fake does not open: java.lang.NoClassDefFoundError: acme/Gone");
    }

    @Test
    void shouldLeaveToTheUserWhatIsWrongWithHisParameters() {
        McaException wrong = new McaException(List.of());
        FakeComponent.whileOpening = () -> {
            throw wrong;
        };
        assertThatThrownBy(load(Map.of())::open).isSameAs(wrong);
    }

    @Test
    void shouldOpenTheSelectedTransportWithItsParameters() {
        BtlFramework framework = load(Map.of("btl", "fake,self", "btl_fake_size", "7"));
        assertThatThrownBy(framework::open).isInstanceOf(BtlException.class).hasMessage("size is 7");
    }

    @Test
    void shouldSayWhichSelectionLeavesNothing() {
        assertThatThrownBy(load(Map.of("btl", "^fake"))::open)
                .isInstanceOf(BtlException.class)
                .hasMessageContaining("btl is \"^fake\"")
                .hasMessageContaining("leaves none; there is fake");
    }

    @ParameterizedTest
    @ValueSource(strings = {"^uct,fake,ofi", "vader,self", "^fake", "^fake,usnix", "openib"})
    void shouldLeaveToOpenMpiASelectionInAFileThatLeavesNone(String selection) throws IOException {
        Path file = Files.writeString(folder.resolve("params.conf"), "pml = ^ucx\nbtl = " + selection);
        for (McaParameters.Builder sources : List.of(
                McaParameters.builder().file(file), McaParameters.builder().overrideFile(file))) {
            BtlFramework framework = BtlFramework.load(sources);
            assertThatThrownBy(framework::open).hasMessage("size is 1");
            assertThat(framework.parameters().isDefault(BtlParameters.BTL)).isTrue();
            assertThat(framework.parameters().notes())
                    .singleElement()
                    .asString()
                    .contains(file + ":2", '"' + selection + "\" leaves none of the transports here (fake)");
        }
    }

    /** As Debian's file has it, beside a transport that is not btl-openib. */
    @Test
    void shouldPassOverTheNameOfOpenMpisOwnTransport() throws IOException {
        Path file = Files.writeString(folder.resolve("params.conf"), "btl = ^uct,openib,ofi");
        BtlFramework framework = BtlFramework.load(McaParameters.builder().file(file));
        assertThatThrownBy(framework::open).hasMessage("size is 1");
        assertThat(framework.parameters().notes()).isEmpty();
    }

    @Test
    void shouldTakeASelectionOfAFileThatLeavesSomeOrNamesWhatNobodyHas() throws IOException {
        Path file = Files.writeString(folder.resolve("params.conf"), "btl = self,fake,^vader");
        assertThatThrownBy(() -> BtlFramework.load(McaParameters.builder().file(file)))
                .isInstanceOf(McaException.class);
        Files.writeString(file, "btl = ^vader,self");
        BtlFramework some = BtlFramework.load(McaParameters.builder().file(file));
        assertThat(some.parameters().isDefault(BtlParameters.BTL)).isFalse();
        assertThatThrownBy(some::open).hasMessage("size is 1");
        Files.writeString(file, "btl = ^fack");
        assertThatThrownBy(BtlFramework.load(McaParameters.builder().file(file))::open)
                .isInstanceOf(McaException.class)
                .hasMessageContaining("did you mean \"fake\"?");
    }

    @Test
    void shouldSayWhatToDoAboutASelectionOfTheEnvironmentThatLeavesNone() {
        assertThatThrownBy(
                        BtlFramework.load(McaParameters.builder().environment(Map.of("OMPI_MCA_btl", "^fake")))::open)
                .isInstanceOf(BtlException.class)
                .hasMessageContaining("from environment OMPI_MCA_btl")
                .hasMessageContaining("Set OMPI_MCA_btl or --mca btl to a list with fake, or unset it; many clusters'");
        assertThatThrownBy(BtlFramework.load(McaParameters.builder().commandLine("btl", "vader"))::open)
                .isInstanceOf(BtlException.class)
                .hasMessageEndingWith("to a list with fake, or unset it");
    }

    @Test
    void shouldRefuseATransportThatIsNotThereAndListThoseThatAre() {
        assertThatThrownBy(load(Map.of("btl", "fack"))::open)
                .isInstanceOf(McaException.class)
                .hasMessageContaining("fack")
                .hasMessageContaining("fake");
    }

    @Test
    void shouldRefuseAParameterThatNoTransportHas() {
        assertThatThrownBy(() -> load(Map.of("btl_fake_sise", "1")))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("btl_fake_size");
    }

    private static BtlFramework load(Map<String, String> parameters) {
        return BtlFramework.load(McaParameters.builder().api(parameters));
    }
}
