package io.openib.verbs.jna;

import io.openib.verbs.Finding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The RDMA stack as the file system shows it.
 *
 * @param root where {@code sys}, {@code dev} and {@code proc} are; {@code /} but for tests
 */
record HostStack(Path root) {
    /** {@code libibverbs.so.1.14.44.0}: the last number but one is rdma-core's. */
    private static final Pattern RELEASE = Pattern.compile("\\.so\\.1\\.\\d+\\.(\\d+)\\.\\d+$");

    /** {@code libmlx5-rdmav34.so}. */
    private static final Pattern PROVIDER = Pattern.compile("lib(.+)-(rdmav\\d+)\\.so");

    private static final String PROVIDERS = "provider libraries";
    private static final String INSTALL_PROVIDERS = "install ibverbs-providers (Debian) or libibverbs (Red Hat)";

    private static final String INSTALL_RDMA =
            "modprobe ib_uverbs and the driver of the device (mlx5_ib, irdma ...), or rdma_rxe for Soft-RoCE; a kernel built"
                    + " without InfiniBand needs another kernel";

    static HostStack here() {
        return new HostStack(Path.of("/"));
    }

    /** Whether what the kernel needs is loaded, or built in. */
    List<Finding> kernelModules() {
        List<Finding> findings = new ArrayList<>();
        findings.add(kernelModule("ib_core", "infiniband").orElseGet(() -> absent("ib_core")));
        findings.add(kernelModule("ib_uverbs", "infiniband_verbs").orElseGet(() -> absent("ib_uverbs")));
        findings.add(kernelModule("rdma_ucm", "misc/rdma_cm")
                .orElseGet(() -> Finding.warning(
                        "kernel module rdma_ucm",
                        "not loaded",
                        "modprobe rdma_ucm for the wireup rdmacm; the wireup oob does without")));
        List<String> drivers = drivers();
        findings.add(
                drivers.isEmpty()
                        ? Finding.failed("driver of a device", "none has a device in " + sysfs(), INSTALL_RDMA)
                        : Finding.ok("driver of a device", String.join(", ", drivers)));
        return findings;
    }

    /** One that is built in has a folder of its own only if it has parameters; what it makes is there all the same. */
    private Optional<Finding> kernelModule(String name, String made) {
        String check = "kernel module " + name;
        if (isThere("sys/module/" + name)) {
            return Optional.of(Finding.ok(check, "loaded"));
        }
        return isThere("sys/class/" + made)
                ? Optional.of(Finding.ok(check, "built in (" + root.resolve("sys/class/" + made) + ")"))
                : Optional.empty();
    }

    private Finding absent(String name) {
        return Finding.failed(
                "kernel module " + name, "not loaded (no " + root.resolve("sys/module/" + name) + ")", INSTALL_RDMA);
    }

    private boolean isThere(String path) {
        return Files.exists(root.resolve(path));
    }

    private Path sysfs() {
        return root.resolve("sys/class/infiniband");
    }

    /** The devices that the kernel has. */
    List<String> kernelDevices() {
        return list(sysfs(), "*");
    }

    private List<String> drivers() {
        List<String> found = new ArrayList<>();
        for (String device : kernelDevices()) {
            Path driver = sysfs().resolve(device).resolve("device/driver");
            found.add(device + " by " + (Files.exists(driver) ? lastName(driver) : "software"));
        }
        return found;
    }

    private static String lastName(Path link) {
        try {
            return String.valueOf(link.toRealPath().getFileName());
        } catch (IOException e) {
            return "an unknown driver";
        }
    }

    /** Whether this user may open the nodes below {@code /dev/infiniband}. */
    List<Finding> deviceNodes() {
        Path folder = root.resolve("dev/infiniband");
        List<Finding> findings = new ArrayList<>();
        List<String> uverbs = list(folder, "uverbs*");
        if (uverbs.isEmpty()) {
            findings.add(Finding.failed(
                    folder + "/uverbs*",
                    Files.isDirectory(folder) ? "no such node" : "there is no " + folder,
                    "load ib_uverbs and a driver; in a container hand the nodes in (--device=/dev/infiniband)"));
        }
        uverbs.forEach(name -> findings.add(node(folder.resolve(name), Finding.Verdict.FAILED)));
        findings.add(node(folder.resolve("rdma_cm"), Finding.Verdict.WARNING));
        return findings;
    }

    /** Why this user cannot open the node of a device, and what to do; empty if that is not what is wrong. */
    Optional<String> obstacleTo(String device) {
        Path classes = root.resolve("sys/class/infiniband_verbs");
        for (String uverbs : list(classes, "uverbs*")) {
            if (text(classes.resolve(uverbs).resolve("ibdev")).equals(device)) {
                Finding finding = node(root.resolve("dev/infiniband").resolve(uverbs), Finding.Verdict.FAILED);
                return finding.verdict() == Finding.Verdict.OK
                        ? Optional.empty()
                        : Optional.of(finding.check() + ": " + finding.evidence() + "; " + finding.remedy());
            }
        }
        return Optional.empty();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.US_ASCII).trim();
        } catch (IOException e) {
            return "";
        }
    }

    private static Finding node(Path node, Finding.Verdict bad) {
        if (!Files.exists(node)) {
            return new Finding(
                    node.toString(),
                    bad,
                    "no such node",
                    node.endsWith("rdma_cm")
                            ? "modprobe rdma_ucm, without which rdmacm cannot run"
                            : "in a container hand the nodes in (--device=/dev/infiniband)");
        }
        boolean isOpen = Files.isReadable(node) && Files.isWritable(node);
        return isOpen
                ? Finding.ok(node.toString(), "may be read and written by this user")
                : new Finding(
                        node.toString(),
                        bad,
                        "this user may not read and write it (" + mode(node) + ")",
                        "chmod 0666 it by a udev rule, or add the user to its group (often rdma)");
    }

    private static String mode(Path node) {
        try {
            return java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(node))
                    + ", owner " + Files.getOwner(node).getName();
        } catch (IOException | UnsupportedOperationException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Whether both libraries are of one rdma-core. */
    Finding sameRelease(String ibverbs, String rdmacm) {
        String check = "libibverbs and librdmacm of one release";
        Optional<String> first = release(ibverbs);
        Optional<String> second = release(rdmacm);
        if (first.isEmpty() || second.isEmpty()) {
            return Finding.skipped(check, "the file names do not tell it: " + ibverbs + ", " + rdmacm);
        }
        return first.equals(second)
                ? Finding.ok(check, "rdma-core " + first.get())
                : Finding.warning(
                        check,
                        "rdma-core " + first.get() + " and " + second.get(),
                        "install both from one rdma-core, and do not mix the distribution's with a vendor's");
    }

    static Optional<String> release(String file) {
        Matcher matcher = RELEASE.matcher(real(file));
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static String real(String file) {
        try {
            return Path.of(file).toRealPath().toString();
        } catch (IOException e) {
            return file;
        }
    }

    /** The provider libraries of a libibverbs, and whether they are of the private version that it loads. */
    List<Finding> providerLibraries(String ibverbs) {
        Path library = Path.of(real(ibverbs));
        Optional<ProviderLibraries> told = ProviderLibraries.of(library);
        Path folder = told.map(ProviderLibraries::folder).orElseGet(() -> library.resolveSibling("libibverbs"));
        TreeMap<String, List<String>> installed = new TreeMap<>();
        for (String file : list(folder, "*-rdmav*.so")) {
            Matcher matcher = PROVIDER.matcher(file);
            if (matcher.matches()) {
                installed
                        .computeIfAbsent(matcher.group(2), version -> new ArrayList<>())
                        .add(matcher.group(1));
            }
        }
        if (installed.isEmpty()) {
            return List.of(Finding.failed(PROVIDERS, "none in " + folder, INSTALL_PROVIDERS));
        }
        List<String> parts = new ArrayList<>();
        installed.forEach((version, names) -> parts.add(String.join(", ", names) + " (" + version + ")"));
        String evidence = String.join(", ", parts) + " in " + folder;
        String wanted = told.map(ProviderLibraries::privateVersion).orElse("");
        return List.of(
                wanted.isEmpty() || installed.containsKey(wanted)
                        ? ofOneVersion(installed.keySet(), evidence)
                        : Finding.failed(
                                PROVIDERS,
                                evidence + ", and " + ibverbs + " loads those of " + wanted + " alone",
                                INSTALL_PROVIDERS + " of the same rdma-core as libibverbs, and do not mix the"
                                        + " distribution's with a vendor's"));
    }

    private static Finding ofOneVersion(Set<String> versions, String evidence) {
        return versions.size() == 1
                ? Finding.ok(PROVIDERS, evidence)
                : Finding.warning(
                        PROVIDERS,
                        evidence,
                        "libibverbs loads those of its own private version alone: remove what another"
                                + " installation left");
    }

    /** What libibverbs found, beside what the kernel has. */
    Finding deviceNames(List<String> names) {
        String check = "devices of libibverbs";
        List<String> known = kernelDevices();
        if (!names.isEmpty()) {
            return Finding.ok(check, String.join(", ", names));
        }
        return known.isEmpty()
                ? Finding.failed(check, "none, and the kernel has none", INSTALL_RDMA)
                : Finding.failed(
                        check,
                        "none, but the kernel has " + String.join(", ", known),
                        "install the provider libraries of the same rdma-core (ibverbs-providers), and see that"
                                + " /dev/infiniband/uverbs* can be opened");
    }

    private static List<String> list(Path folder, String pattern) {
        TreeSet<String> names = new TreeSet<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, pattern)) {
            found.forEach(path -> names.add(String.valueOf(path.getFileName())));
        } catch (IOException e) {
            return List.of(); // there is no such folder, or this user may not see it: both are told by what is missing
        }
        return List.copyOf(names);
    }
}
