package io.openib.verbs;

import java.util.Map;

/**
 * {@code struct ibv_device_attr}.
 *
 * @param firmwareVersion as printed by the device
 * @param nodeGuid in host order
 * @param vendorId IEEE OUI of the vendor; 0 for software
 * @param vendorPartId the vendor's part
 * @param hardwareVersion the vendor's revision
 * @param physicalPorts ports are numbered from 1 to this
 * @param atomicCapability among whom atomics are atomic
 * @param remoteAccessToUserMemory whether {@link ProtectionDomain#register} takes remote access; where it is false, memory
 *     that a peer may touch comes from {@link ProtectionDomain#allocate}
 * @param limits every {@link DeviceLimit}
 */
public record DeviceAttributes(
        String firmwareVersion,
        long nodeGuid,
        int vendorId,
        int vendorPartId,
        int hardwareVersion,
        int physicalPorts,
        AtomicCapability atomicCapability,
        boolean remoteAccessToUserMemory,
        Map<DeviceLimit, Long> limits) {
    public DeviceAttributes {
        limits = Map.copyOf(limits);
        for (DeviceLimit limit : DeviceLimit.values()) {
            if (!limits.containsKey(limit)) {
                throw new IllegalArgumentException("no value for " + limit);
            }
        }
    }

    /** One of the device's bounds. */
    public long limit(DeviceLimit limit) {
        return java.util.Objects.requireNonNull(limits.get(limit));
    }
}
