package io.openib.verbs.jna;

import io.openib.verbs.Errno;
import io.openib.verbs.Finding;
import io.openib.verbs.VerbsException;
import io.openib.verbs.jna.calls.HotCallsComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Why devices of libibverbs can or cannot be used here: the kernel's side, the libraries', this process's limits. */
final class Diagnosis {
    private static final String IBVERBS = "libibverbs";
    private static final String RDMACM = "librdmacm";
    private static final String CALLS = "native calls";
    private static final String DEVICES = "devices of libibverbs";

    private final List<Finding> findings = new ArrayList<>();
    private final HostStack host;
    private final Supplier<IbverbsLibrary> ibverbs;
    private final Supplier<RdmacmLibrary> rdmacm;
    private final Supplier<HotCallsComponent> calls;

    Diagnosis(
            HostStack host,
            Supplier<IbverbsLibrary> ibverbs,
            Supplier<RdmacmLibrary> rdmacm,
            Supplier<HotCallsComponent> calls) {
        this.host = host;
        this.ibverbs = ibverbs;
        this.rdmacm = rdmacm;
        this.calls = calls;
    }

    List<Finding> findings() {
        findings.addAll(host.kernelModules());
        findings.addAll(host.deviceNodes());
        lookAtLibraries();
        MemoryLockLimit limit = MemoryLockLimit.read();
        String bytes = limit.bytes() == Long.MAX_VALUE ? "unlimited" : (limit.bytes() >> 10) + " KiB";
        findings.add(
                limit.isLow()
                        ? Finding.warning("locked memory (RLIMIT_MEMLOCK)", bytes, limit.remedy())
                        : Finding.ok("locked memory (RLIMIT_MEMLOCK)", bytes));
        return List.copyOf(findings);
    }

    private void lookAtLibraries() {
        try {
            IbverbsLibrary library = ibverbs.get();
            findings.add(Finding.ok(IBVERBS, library.file() + ", every symbol needed is there"));
            lookAtGidQueries(library);
            lookAtRdmacm(library);
            findings.addAll(host.providerLibraries(library.file()));
            lookAtDevices(library);
        } catch (UnsupportedStackException e) {
            skipWithoutLibrary(e.reason());
        } catch (LinkageError e) {
            skipWithoutLibrary(JnaVerbsProvider.withoutJna(e));
        }
    }

    private void skipWithoutLibrary(String reason) {
        findings.add(Finding.failed(IBVERBS, before(reason), after(reason, "install rdma-core")));
        findings.add(Finding.skipped(RDMACM, "needs libibverbs"));
        findings.add(Finding.skipped("provider libraries", "needs libibverbs"));
        findings.add(Finding.skipped(DEVICES, "needs libibverbs"));
    }

    private void lookAtGidQueries(IbverbsLibrary library) {
        findings.add(
                library.gidQueries() != null
                        ? Finding.ok("ibv_query_gid_ex", "there, so GIDs come with their type")
                        : Finding.warning(
                                "ibv_query_gid_ex",
                                "missing (it came with rdma-core 32); GID types are read from sysfs instead",
                                "install a newer rdma-core if the types below are wrong"));
    }

    private void lookAtRdmacm(IbverbsLibrary library) {
        try {
            RdmacmLibrary cm = rdmacm.get();
            findings.add(Finding.ok(RDMACM, cm.file() + ", every symbol needed is there"));
            findings.add(host.sameRelease(library.file(), cm.file()));
        } catch (UnsupportedStackException e) {
            findings.add(Finding.warning(
                    RDMACM, e.reason(), "install librdmacm1 for the wireup rdmacm; the wireup oob does without"));
        }
    }

    private void lookAtDevices(IbverbsLibrary library) {
        List<String> names;
        try {
            names = new DeviceList(library.calls()).names();
        } catch (VerbsException e) {
            findings.add(Finding.failed(
                    DEVICES,
                    "ibv_get_device_list: " + Errno.name(e.errno()),
                    "load the kernel module ib_uverbs and the driver of the device"));
            return;
        }
        findings.add(host.deviceNames(names));
        lookAtStructs(library, names);
    }

    private void lookAtStructs(IbverbsLibrary library, List<String> names) {
        HotCallsComponent component;
        try {
            component = calls.get();
        } catch (UnsupportedStackException e) {
            findings.add(
                    Finding.failed(CALLS, before(e.reason()), after(e.reason(), "set verbs_native_calls to auto")));
            return;
        }
        findings.add(Finding.ok(CALLS, "post and poll by " + component.name()));
        for (String name : names) {
            try {
                DeviceOpening.open(
                                library,
                                component,
                                name,
                                (check, evidence) -> findings.add(Finding.ok(name + ", " + check, evidence)))
                        .close();
            } catch (VerbsException e) {
                String reason = String.valueOf(e.getMessage());
                findings.add(Finding.failed(
                        name + ", struct checks", before(reason), after(reason, "see what opening it says below")));
            }
        }
    }

    /** A reason is what and where, a semicolon, what to do. */
    private static String before(String reason) {
        int semicolon = reason.lastIndexOf("; ");
        return semicolon < 0 ? reason : reason.substring(0, semicolon);
    }

    private static String after(String reason, String otherwise) {
        int semicolon = reason.lastIndexOf("; ");
        return semicolon < 0 ? otherwise : reason.substring(semicolon + 2);
    }
}
