package io.openib.verbs.soft.cm;

import io.openib.verbs.Availability;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.ConnectionManager;

/**
 * The software device's connection manager. It needs a host address that TCP can listen on, and nothing else. Thread-safe;
 * it owns no thread and no socket before the first event channel.
 */
public final class SoftConnectionManager implements ConnectionManager {
    private final CmAgent agent;

    /**
     * @param host the devices it serves
     * @param faults where faults are injected, {@link CmFaults#NONE} for nowhere
     * @param settings its bounds
     */
    public SoftConnectionManager(CmHost host, CmFaults faults, CmSettings settings) {
        agent = new CmAgent(host, faults, settings);
    }

    @Override
    public Availability availability() {
        return agent.places().isEmpty()
                ? Availability.unusable("no software device has a host address")
                : Availability.usable();
    }

    @Override
    public boolean hasEstablish() {
        return true;
    }

    @Override
    public CmEventChannel createEventChannel() {
        return new SoftCmEventChannel(agent);
    }

    /** Gives DEVICE_REMOVAL to every id that is bound to the device. */
    public void onDeviceRemoval(String deviceName) {
        agent.onDeviceRemoval(deviceName);
    }
}
