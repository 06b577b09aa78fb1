package io.openib.btl;

import io.openib.mca.ComponentLoader;
import io.openib.mca.Parameter;
import java.util.List;

/** A transport that never runs. */
public final class FakeComponent implements BtlComponent {
    static final Parameter<Integer> SIZE =
            Parameter.integer("btl_fake_size").defaultValue(1).help("Nothing.").build();

    /** What it does besides; for components are made by the loader. */
    static Runnable whileDiscovering = () -> {};

    static Runnable whileOpening = () -> {};

    private boolean hasDiscovered;

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int exclusivity() {
        return 1;
    }

    @Override
    public void discover(ComponentLoader loader) {
        whileDiscovering.run();
        hasDiscovered = true;
    }

    @Override
    public List<Parameter<?>> parameters() {
        return hasDiscovered ? List.of(SIZE) : List.of();
    }

    @Override
    public Btl open(BtlContext context) {
        whileOpening.run();
        throw new BtlException("size is " + context.parameters().value(SIZE));
    }
}
