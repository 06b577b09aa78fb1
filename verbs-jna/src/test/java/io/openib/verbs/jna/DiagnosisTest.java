package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.mca.McaParameters;
import io.openib.verbs.Finding;
import io.openib.verbs.Finding.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the diagnosis says of stacks that are whole, half there and absent. */
@Timeout(60)
class DiagnosisTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path root;

    private Path folder(String path) throws IOException {
        return Files.createDirectories(root.resolve(path));
    }

    private Path file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }

    private static Finding finding(List<Finding> findings, String check) {
        return findings.stream()
                .filter(finding -> finding.check().contains(check))
                .findFirst()
                .orElseThrow(() -> new AssertionError(check + " in " + findings));
    }

    @Test
    void shouldFailEachThingOfAKernelWithoutRdma() {
        HostStack host = new HostStack(root);
        assertThat(finding(host.kernelModules(), "ib_uverbs").verdict()).isEqualTo(Verdict.FAILED);
        assertThat(finding(host.kernelModules(), "driver").verdict()).isEqualTo(Verdict.FAILED);
        assertThat(finding(host.kernelModules(), "rdma_ucm").verdict()).isEqualTo(Verdict.WARNING);
        assertThat(finding(host.deviceNodes(), "uverbs").remedy()).contains("--device=/dev/infiniband");
        assertThat(host.deviceNames(List.of()).evidence()).contains("the kernel has none");
    }

    @Test
    void shouldPassAKernelThatHasEverything() throws IOException {
        folder("sys/module/ib_core");
        folder("sys/module/ib_uverbs");
        folder("sys/module/rdma_ucm");
        folder("sys/class/infiniband/rxe0");
        file("dev/infiniband/uverbs0");
        file("dev/infiniband/rdma_cm");
        HostStack host = new HostStack(root);
        assertThat(host.kernelModules()).extracting(Finding::verdict).containsOnly(Verdict.OK);
        assertThat(host.deviceNodes()).extracting(Finding::verdict).containsOnly(Verdict.OK);
        assertThat(finding(host.kernelModules(), "driver").evidence()).isEqualTo("rxe0 by software");
    }

    /** Such as have no parameters do not show among the modules. */
    @Test
    void shouldPassAKernelThatHasEverythingBuiltIn() throws IOException {
        folder("sys/class/infiniband/rxe0");
        folder("sys/class/infiniband_verbs");
        folder("sys/class/misc/rdma_cm");
        HostStack host = new HostStack(root);
        assertThat(host.kernelModules()).extracting(Finding::verdict).containsOnly(Verdict.OK);
        assertThat(finding(host.kernelModules(), "ib_uverbs").evidence()).startsWith("built in");
    }

    @Test
    void shouldTellOfANodeThatMayNotBeOpened() throws IOException {
        Path node = file("dev/infiniband/uverbs0");
        Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("---------"));
        org.junit.jupiter.api.Assumptions.assumeFalse(Files.isReadable(node), "root may open everything");
        Finding finding = finding(new HostStack(root).deviceNodes(), "uverbs0");
        assertThat(finding.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(finding.remedy()).contains("group");
    }

    @Test
    void shouldTellWhatKeepsADeviceFromBeingOpened() throws IOException {
        Files.writeString(folder("sys/class/infiniband_verbs/uverbs1").resolve("ibdev"), "rxe0\n");
        HostStack host = new HostStack(root);
        assertThat(host.obstacleTo("rxe0"))
                .hasValueSatisfying(why -> assertThat(why).contains("uverbs1: no such node; ", "container"));
        assertThat(host.obstacleTo("rxe1")).isEmpty();
        file("dev/infiniband/uverbs1");
        assertThat(host.obstacleTo("rxe0")).isEmpty();
    }

    @Test
    void shouldTellDevicesThatTheLibraryDoesNotFind() throws IOException {
        folder("sys/class/infiniband/mlx5_0");
        Finding finding = new HostStack(root).deviceNames(List.of());
        assertThat(finding.evidence()).contains("the kernel has mlx5_0");
        assertThat(finding.remedy()).contains("ibverbs-providers");
    }

    @Test
    void shouldCompareReleases() {
        HostStack host = new HostStack(root);
        assertThat(host.sameRelease("/l/libibverbs.so.1.14.44.0", "/l/librdmacm.so.1.3.44.0"))
                .isEqualTo(Finding.ok("libibverbs and librdmacm of one release", "rdma-core 44"));
        Finding mixed = host.sameRelease("/l/libibverbs.so.1.14.58.0", "/l/librdmacm.so.1.3.44.0");
        assertThat(mixed.verdict()).isEqualTo(Verdict.WARNING);
        assertThat(mixed.evidence()).contains("58", "44");
        assertThat(host.sameRelease("libibverbs.so.1", "librdmacm.so.1").verdict())
                .isEqualTo(Verdict.SKIPPED);
    }

    @Test
    void shouldTellProvidersOfTwoPrivateVersions() throws IOException {
        file("libibverbs/libmlx5-rdmav34.so");
        Path library = file("libibverbs.so.1.14.44.0");
        HostStack host = new HostStack(root);
        assertThat(host.providerLibraries(library.toString()).get(0).verdict()).isEqualTo(Verdict.OK);
        file("libibverbs/libmlx4-rdmav22.so");
        Finding mixed = host.providerLibraries(library.toString()).get(0);
        assertThat(mixed.verdict()).isEqualTo(Verdict.WARNING);
        assertThat(mixed.evidence()).contains("rdmav22", "rdmav34", "mlx4", "mlx5");
    }

    /** The libibverbs of another release, in front of the provider libraries of the distribution. */
    @Test
    void shouldFailWhereNoProviderIsOfTheVersionThatTheLibraryLoads() throws IOException {
        Path folder = folder("opt/lib/libibverbs");
        Path library = Files.writeString(
                root.resolve("libibverbs.so.1.14.44.0"),
                "ELF\0/etc/libibverbs.d\0" + folder + "/lib%s-rdmav34.so\0",
                StandardCharsets.US_ASCII);
        file("opt/lib/libibverbs/libmlx4-rdmav22.so");
        file("opt/lib/libibverbs/libmlx5-rdmav22.so");
        HostStack host = new HostStack(root);
        Finding none = host.providerLibraries(library.toString()).get(0);
        assertThat(none.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(none.evidence())
                .isEqualTo("mlx4, mlx5 (rdmav22) in " + folder + ", and " + library + " loads those of rdmav34 alone");
        assertThat(none.remedy()).contains("ibverbs-providers", "of the same rdma-core");

        file("opt/lib/libibverbs/libmlx5-rdmav34.so");
        Finding some = host.providerLibraries(library.toString()).get(0);
        assertThat(some.verdict()).isEqualTo(Verdict.WARNING);
        assertThat(some.evidence()).isEqualTo("mlx4, mlx5 (rdmav22), mlx5 (rdmav34) in " + folder);

        Files.delete(folder.resolve("libmlx4-rdmav22.so"));
        Files.delete(folder.resolve("libmlx5-rdmav22.so"));
        assertThat(host.providerLibraries(library.toString()))
                .containsExactly(Finding.ok("provider libraries", "mlx5 (rdmav34) in " + folder));
    }

    @Test
    void shouldSayWhichLibraryIsMissingAndSkipTheRest() {
        JnaVerbsProvider provider = new JnaVerbsProvider();
        String nowhere = root.resolve("libibverbs.so.1").toString();
        provider.configure(McaParameters.of(Map.of("verbs_ibverbs_library", nowhere), provider.parameters()));
        List<Finding> findings = provider.diagnose();
        Finding library = finding(findings, "libibverbs");
        assertThat(library.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(library.evidence()).contains(nowhere);
        assertThat(library.remedy()).contains("install");
        assertThat(finding(findings, "librdmacm").verdict()).isEqualTo(Verdict.SKIPPED);
        assertThat(findings).extracting(Finding::check).anyMatch(check -> check.contains("RLIMIT_MEMLOCK"));
    }
}
