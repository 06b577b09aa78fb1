package io.openib.btl.openib;

import io.openib.mca.ParameterLabels;
import io.openib.verbs.Mtu;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The values of {@code btl_openib_mtu}, under Open MPI's names and numbers, and as plain bytes. */
public enum PathMtu implements ParameterLabels {
    UNSET(null, "0", "unset"),
    MTU_256(Mtu.MTU_256, "256B", "1", "256"),
    MTU_512(Mtu.MTU_512, "512B", "2", "512"),
    MTU_1024(Mtu.MTU_1024, "1k", "3", "1024"),
    MTU_2048(Mtu.MTU_2048, "2k", "4", "2048"),
    MTU_4096(Mtu.MTU_4096, "4k", "5", "4096");

    private final @Nullable Mtu mtu;

    @SuppressWarnings("ImmutableEnumChecker") // List.of makes immutable lists.
    private final List<String> labels;

    PathMtu(@Nullable Mtu mtu, String... labels) {
        this.mtu = mtu;
        this.labels = List.of(labels);
    }

    /** The MTU, if one is set. */
    public Optional<Mtu> mtu() {
        return Optional.ofNullable(mtu);
    }

    @Override
    public List<String> labels() {
        return labels;
    }
}
