package io.openib.verbs.jna;

import io.openib.mca.Configurable;
import io.openib.mca.McaParameters;
import io.openib.mca.MechanismParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.Finding;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmProvider;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.jna.calls.HotCallsComponent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The devices of the installed libibverbs, hardware or Soft-RoCE, named as {@code ibv_devices} names them.
 *
 * <p>Making one loads nothing. A stack that is absent is no error: {@link #availability()} says what is missing.
 */
public final class JnaVerbsProvider implements CmProvider, Configurable {
    private final KernelDevices kernel;
    private volatile @Nullable McaParameters values;
    private volatile @Nullable HotCallsComponent calls;

    /** Loads nothing. */
    public JnaVerbsProvider() {
        this(KernelDevices.SYSFS);
    }

    JnaVerbsProvider(KernelDevices kernel) {
        this.kernel = kernel;
    }

    @Override
    public void configure(McaParameters resolved) {
        values = resolved;
        calls = null;
    }

    /** Without anybody who configures, what this process has around it. */
    private McaParameters parameterValues() {
        McaParameters configured = values;
        return configured == null ? McaParameters.fromProcess().resolveOnly(JnaParameters.ALL) : configured;
    }

    @Override
    public String name() {
        return "jna";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int exclusivity() {
        return HARDWARE;
    }

    @Override
    public List<Parameter<?>> parameters() {
        return JnaParameters.ALL;
    }

    @Override
    public Availability availability() {
        try {
            if (isPlainlyAbsent() && parameterValues().value(JnaParameters.NATIVE_CALLS) != NativeCalls.FFM) {
                return Availability.absent(kernel.reasonForNone());
            }
            HotCallsComponent chosen = calls();
            IbverbsLibrary library = library();
            List<String> names = new DeviceList(library.calls()).names();
            return names.isEmpty() ? Availability.unusable(whyNoDevice(library)) : usable(library, chosen);
        } catch (UnsupportedStackException e) {
            return Availability.unusable(e.reason());
        } catch (VerbsException e) {
            return Availability.unusable(
                    e.getMessage() + "; the kernel has no RDMA (module ib_uverbs), or /dev/infiniband is missing");
        } catch (LinkageError e) {
            return Availability.unusable(withoutJna(e));
        }
    }

    /** Most machines: told without loading anything. Who names a library is told about that library. */
    private boolean isPlainlyAbsent() {
        return kernel.names().isEmpty() && parameterValues().isDefault(JnaParameters.IBVERBS_LIBRARY);
    }

    private static Availability usable(IbverbsLibrary library, HotCallsComponent calls) {
        MemoryLockLimit limit = MemoryLockLimit.read();
        return Availability.usable(
                library.file() + ", post and poll by " + calls.name() + (limit.isLow() ? "; " + limit.remedy() : ""));
    }

    private String whyNoDevice(IbverbsLibrary library) {
        List<String> known = kernel.names();
        if (known.isEmpty()) {
            return library.file() + " finds no RDMA device: " + kernel.reasonForNone();
        }
        return library.file() + " finds no RDMA device, but the kernel has " + String.join(", ", known)
                + "; install the provider libraries of the same rdma-core (ibverbs-providers), do not mix it with a vendor's,"
                + " and see that /dev/infiniband/uverbs* can be opened";
    }

    /** Its own message has a line for each place that it looked at. */
    static String withoutJna(LinkageError e) {
        String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return "JNA cannot be used here: " + first;
    }

    @Override
    public List<Finding> diagnose() {
        String cm = parameterValues().value(JnaParameters.RDMACM_LIBRARY);
        return new Diagnosis(HostStack.here(), this::library, () -> RdmacmLibrary.load(cm, library()), this::calls)
                .findings();
    }

    @Override
    public List<String> deviceNames() {
        return availability().isUsable() ? new DeviceList(library().calls()).names() : List.of();
    }

    @Override
    public Device open(String deviceName) {
        try {
            return DeviceOpening.open(library(), calls(), deviceName);
        } catch (UnsupportedStackException e) {
            throw new VerbsException("ibv_open_device", deviceName, Errno.ENODEV, e.reason(), e);
        }
    }

    @Override
    public ConnectionManager connectionManager() {
        return new JnaConnectionManager(() -> parameterValues().value(JnaParameters.RDMACM_LIBRARY), this::library);
    }

    /** Chosen once: what is on the path does not change. */
    private HotCallsComponent calls() {
        HotCallsComponent chosen = calls;
        if (chosen == null) {
            McaParameters parameters = parameterValues();
            chosen = new CallsChoice(
                            parameters.value(JnaParameters.NATIVE_CALLS),
                            parameters.value(MechanismParameters.COMPONENT_PATH))
                    .make();
            calls = chosen;
        }
        return chosen;
    }

    private IbverbsLibrary library() {
        return IbverbsLibrary.load(parameterValues().value(JnaParameters.IBVERBS_LIBRARY));
    }
}
