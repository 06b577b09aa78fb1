package io.openib.verbs.soft.cm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What all ids of a connection manager share. It is its own lock: every method but the plain getters expects it held. */
final class CmAgent {
    private final Places places;
    private final CmFaults faults;
    private final CmSettings settings;
    private final RemoteQueuePairs remoteQueuePairs = new RemoteQueuePairs();
    private final Set<SoftCmEventChannel> channels = new HashSet<>();
    private final Set<CmLink> links = new HashSet<>();
    private @Nullable CmLoop loop;
    private int strangers;

    CmAgent(CmHost host, CmFaults faults, CmSettings settings) {
        this.places = new Places(host);
        this.faults = faults;
        this.settings = settings;
    }

    Places places() {
        return places;
    }

    CmFaults faults() {
        return faults;
    }

    CmSettings settings() {
        return settings;
    }

    RemoteQueuePairs remoteQueuePairs() {
        return remoteQueuePairs;
    }

    /** The open TCP connections. */
    Set<CmLink> links() {
        return links;
    }

    /** Only while a channel is open. */
    CmLoop loop() {
        CmLoop running = loop;
        if (running == null) {
            throw new IllegalStateException("no event channel is open");
        }
        return running;
    }

    /** Whether one more TCP connection may be opened. */
    boolean hasRoom() {
        return links.size() < settings.maxConnections();
    }

    /** Whether one more connection that has not said anything yet may be held. */
    boolean hasRoomForStranger() {
        return strangers < settings.maxStrangers() && hasRoom();
    }

    void onStranger(int change) {
        strangers += change;
    }

    void open(SoftCmEventChannel channel) {
        channels.add(channel);
        if (loop == null) {
            loop = new CmLoop(this, "openib-soft-cm");
        }
    }

    /**
     * The channel has closed its ids.
     *
     * @return when it was the last, the thread, which is ending
     */
    @Nullable
    CmLoop close(SoftCmEventChannel channel) {
        CmLoop running = loop;
        if (!channels.remove(channel) || !channels.isEmpty() || running == null) {
            return null;
        }
        for (CmLink link : List.copyOf(links)) {
            link.close();
        }
        strangers = 0;
        remoteQueuePairs.clear();
        running.stop();
        loop = null;
        return running;
    }

    void onDeviceRemoval(String deviceName) {
        synchronized (this) {
            for (SoftCmEventChannel channel : new ArrayList<>(channels)) {
                channel.onDeviceRemoval(deviceName);
            }
        }
    }
}
