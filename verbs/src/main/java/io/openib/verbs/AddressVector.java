package io.openib.verbs;

import org.jspecify.annotations.Nullable;

/**
 * {@code struct ibv_ah_attr}: the way to a port.
 *
 * @param port the local port, from 1
 * @param dlid destination LID, 0 on Ethernet
 * @param serviceLevel 0 to 15
 * @param sourcePathBits low bits of the source LID
 * @param staticRate {@code enum ibv_rate}: how fast may be sent on that way, 0 for as fast as the port
 * @param grh the global route; null leaves it out, which Ethernet refuses
 */
public record AddressVector(
        int port, int dlid, int serviceLevel, int sourcePathBits, int staticRate, @Nullable GlobalRoute grh) {
    /** A way that may be used as fast as the port can. */
    public AddressVector(int port, int dlid, int serviceLevel, int sourcePathBits, @Nullable GlobalRoute grh) {
        this(port, dlid, serviceLevel, sourcePathBits, 0, grh);
    }

    /**
     * {@code struct ibv_global_route}.
     *
     * @param dgid destination GID
     * @param sgidIndex row of the local port's GID table
     * @param flowLabel 20 bits
     * @param hopLimit 1 stays in the subnet
     * @param trafficClass 8 bits
     */
    public record GlobalRoute(Gid dgid, int sgidIndex, int flowLabel, int hopLimit, int trafficClass) {
        /** A route with no flow label, hop limit 64 and traffic class 0. */
        public static GlobalRoute to(Gid dgid, int sgidIndex) {
            return new GlobalRoute(dgid, sgidIndex, 0, 64, 0);
        }

        /** The same way in another traffic class. */
        public GlobalRoute inClass(int other) {
            return new GlobalRoute(dgid, sgidIndex, flowLabel, hopLimit, other);
        }
    }

    /** The same way in another traffic class, if it has a global route, which alone has any. */
    public AddressVector inClass(int trafficClass) {
        return grh == null
                ? this
                : new AddressVector(port, dlid, serviceLevel, sourcePathBits, staticRate, grh.inClass(trafficClass));
    }

    /** The same way, used at most so fast. */
    public AddressVector withStaticRate(int rate) {
        return new AddressVector(port, dlid, serviceLevel, sourcePathBits, rate, grh);
    }

    /** By GID, as RoCE needs it. */
    public static AddressVector toGid(int port, Gid dgid, int sgidIndex) {
        return new AddressVector(port, 0, 0, 0, GlobalRoute.to(dgid, sgidIndex));
    }

    /** By LID, within one InfiniBand subnet. */
    public static AddressVector toLid(int port, int dlid) {
        return new AddressVector(port, dlid, 0, 0, null);
    }
}
