package io.openib.btl.openib;

import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.RegisteredMemory;
import io.openib.verbs.AccessFlag;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Registers memory with every device of the transport. Any thread. */
final class Memories {
    private static final Set<AccessFlag> LOCAL = EnumSet.of(AccessFlag.LOCAL_WRITE);

    private final int rank;
    private final NavigableMap<Integer, ProtectionDomain> domains;
    private final IntPredicate isUsed;

    /**
     * @param rank of this process
     * @param domains of the devices that are open, by device number; there is one at least
     * @param isUsed whether a device is, or will be, the way to some peer; one that is not is left alone. May throw {@link BtlException}
     */
    Memories(int rank, Map<Integer, ProtectionDomain> domains, IntPredicate isUsed) {
        this.rank = rank;
        this.domains = new TreeMap<>(domains);
        this.isUsed = isUsed;
    }

    /** The registration of a memory with a device; null if there is none. */
    @Nullable
    MemoryRegion region(RegisteredMemory memory, int deviceNumber) {
        return memory instanceof OpenibMemory ours ? ours.region(deviceNumber) : null;
    }

    /** What to answer for a memory without a registration. */
    int refusal(RegisteredMemory memory) {
        return isOpen(memory) ? BtlStatus.UNSUPPORTED : BtlStatus.INVALID;
    }

    /** Whether a memory is of this transport, whose devices know its keys, and not closed. */
    boolean isOpen(RegisteredMemory memory) {
        return memory instanceof OpenibMemory ours && ours.isOpenIn(this);
    }

    /** The longest that can be had, whichever of the devices makes it. */
    long maxBytes() {
        return domains.values().stream().mapToLong(Memories::maxBytes).min().orElse(0);
    }

    private ProtectionDomain domain(int device) {
        return Objects.requireNonNull(domains.get(device));
    }

    private static long maxBytes(ProtectionDomain domain) {
        return domain.device().attributes().limit(DeviceLimit.MAX_MR_BYTES);
    }

    RegisteredMemory allocate(long lengthBytes) {
        BitSet used = used();
        int maker = maker(used);
        @Nullable MemoryRegion[] regions = new @Nullable MemoryRegion[domains.lastKey() + 1];
        try {
            MemoryRegion made = domain(maker).allocate(lengthBytes, remote(maker));
            regions[maker] = made;
            for (int i = 0; i < regions.length; i++) {
                if (i != maker && used.get(i) && takesUserMemory(i) && lengthBytes <= Integer.MAX_VALUE) {
                    regions[i] = domain(i).register(made.buffer(), remote(i));
                }
            }
            return new OpenibMemory(this, rank, regions, made, true, name(maker));
        } catch (VerbsException e) {
            close(regions);
            String advice = lengthBytes <= maxBytes(domain(maker))
                    ? ""
                    : "; take several of at most " + maxBytes() + " (Btl.maxMemoryBytes)";
            throw new BtlException("cannot allocate " + lengthBytes + " bytes: " + e.getMessage() + advice, e);
        }
    }

    /** Asked before anything is made, since there may be no answer. */
    private BitSet used() {
        BitSet used = new BitSet();
        for (int i : domains.keySet()) {
            used.set(i, isUsed.test(i));
        }
        return used;
    }

    /** The device whose memory the others take as well: one that takes no other, if such a one is used. */
    private int maker(BitSet used) {
        int maker = -1;
        for (int i : domains.keySet()) {
            if (used.get(i) && (maker < 0 || !takesUserMemory(i))) {
                maker = i;
            }
        }
        return maker < 0 ? domains.firstKey() : maker;
    }

    RegisteredMemory register(ByteBuffer memory) {
        if (!memory.isDirect()) {
            throw new BtlException("a heap buffer cannot be registered; use a direct buffer, Btl.allocate, or putBytes"
                    + " and getBytes, which copy");
        }
        BitSet used = used();
        @Nullable MemoryRegion[] regions = new @Nullable MemoryRegion[domains.lastKey() + 1];
        MemoryRegion first = null;
        boolean isRemote = true;
        String refuser = "";
        try {
            for (int i = 0; i < regions.length; i++) {
                if (!used.get(i)) {
                    continue;
                }
                boolean isOpen = takesUserMemory(i);
                MemoryRegion region = domain(i).register(memory, isOpen ? remote(i) : LOCAL);
                regions[i] = region;
                first = first == null ? region : first;
                refuser = isOpen ? refuser : name(i);
                isRemote &= isOpen;
            }
        } catch (VerbsException e) {
            close(regions);
            throw new BtlException("cannot register " + memory.remaining() + " bytes: " + e.getMessage(), e);
        }
        if (first == null) {
            throw new BtlException("there is no device to register memory with");
        }
        return new OpenibMemory(this, rank, regions, first, isRemote, refuser);
    }

    private Set<AccessFlag> remote(int device) {
        return LaneShapes.access(domain(device).device());
    }

    private boolean takesUserMemory(int device) {
        return domain(device).device().attributes().remoteAccessToUserMemory();
    }

    private String name(int device) {
        return domain(device).device().name();
    }

    private static void close(@Nullable MemoryRegion[] regions) {
        for (MemoryRegion region : regions) {
            if (region != null) {
                region.close();
            }
        }
    }
}
