package io.openib.verbs.soft;

import io.openib.mca.Configurable;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.Finding;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmProvider;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.cm.CmPort;
import io.openib.verbs.soft.cm.CmSettings;
import io.openib.verbs.soft.cm.SoftConnectionManager;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The provider of {@code soft0}. All instances in a process share one adapter, as all programs of a host share an HCA. */
public final class SoftProvider implements CmProvider, Configurable {
    /** The one device's name. */
    public static final String DEVICE_NAME = "soft0";

    private static final Logger LOG = LoggerFactory.getLogger(SoftProvider.class);
    private static final Object LOCK = new Object();
    private static volatile @Nullable SoftAdapter adapter;

    private volatile @Nullable McaParameters values;
    private volatile @Nullable FaultInjector faults;
    private volatile byte[] secret = WireParameters.secretOfEnvironment();
    private volatile boolean isJobLocal;
    private @Nullable SoftConnectionManager connectionManager;

    @Override
    public List<Parameter<?>> parameters() {
        return SoftParameters.all();
    }

    @Override
    public void configure(McaParameters resolved) {
        values = resolved;
    }

    @Override
    public void useJobSecret(byte[] told, boolean isLocal) {
        secret = WireParameters.secretOf(told);
        isJobLocal = isLocal;
    }

    private McaParameters settings() {
        McaParameters known = values;
        return known != null ? known : SoftParameters.defaults();
    }

    @Override
    public String name() {
        return "soft";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int exclusivity() {
        return SOFTWARE;
    }

    @Override
    public Availability availability() {
        return Availability.usable("embedded");
    }

    @Override
    public List<Finding> diagnose() {
        return List.of(Finding.ok("provider soft", availability().reason()), room().folder());
    }

    @Override
    public List<Finding> diagnoseUse() {
        SoftAdapter shared = adapter;
        return shared == null
                ? List.of()
                : shared.arenaInUse().map(room()::use).map(List::of).orElse(List.of());
    }

    private SharedMemoryRoom room() {
        return new SharedMemoryRoom(SoftAdapter.SHARED_MEMORY, SoftParameters.spareFolder(settings()));
    }

    /** Not while the injector counts operations. */
    @Override
    public boolean isRehearsable() {
        return !injector().isArmed();
    }

    @Override
    public List<String> deviceNames() {
        return List.of(DEVICE_NAME);
    }

    @Override
    public Device open(String deviceName) {
        if (!deviceName.equals(DEVICE_NAME)) {
            throw new VerbsException(
                    "ibv_open_device", deviceName, Errno.ENODEV, "the software device is called " + DEVICE_NAME);
        }
        synchronized (LOCK) {
            try {
                SoftAdapter shared = adapter;
                if (shared == null) {
                    shared = SoftAdapter.open(settings(), secret, isJobLocal, injector());
                    adapter = shared;
                } else if (!shared.isOf(secret)) {
                    LOG.warn(
                            "soft: {} is still open for another job of this process, with whose secret its wire to other hosts"
                                    + " goes on: close that job's transport first, or start another process",
                            deviceName);
                }
                return open(shared);
            } catch (NoRoomException e) {
                throw new VerbsException(
                        "ibv_open_device", deviceName, Errno.ENOMEM, String.valueOf(e.getMessage()), e);
            }
        }
    }

    private static Device open(SoftAdapter shared) {
        SoftDevice[] opened = new SoftDevice[1];
        opened[0] = new SoftDevice(DEVICE_NAME, shared, () -> closed(shared, opened[0]));
        return opened[0];
    }

    private static void closed(SoftAdapter shared, SoftDevice device) {
        synchronized (LOCK) {
            if (shared.remove(device) && adapter == shared) {
                adapter = null;
                shared.close();
            }
        }
    }

    private FaultInjector injector() {
        FaultInjector known = faults;
        if (known == null) {
            known = new FaultInjector(settings());
            faults = known;
        }
        return known;
    }

    @Override
    public ConnectionManager connectionManager() {
        synchronized (LOCK) {
            SoftConnectionManager known = connectionManager;
            if (known == null) {
                known = new SoftConnectionManager(SoftProvider::ports, injector(), CmSettings.defaults());
                connectionManager = known;
            }
            return known;
        }
    }

    private static List<CmPort> ports() {
        SoftAdapter shared = adapter;
        return shared == null ? List.of() : List.of(shared.port().cmPort(DEVICE_NAME, shared.isPortActive()));
    }
}
