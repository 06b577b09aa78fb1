package io.openib.tests.system.foreign;

import io.openib.btl.Btl;
import io.openib.btl.BtlComponent;
import io.openib.btl.BtlContext;
import io.openib.btl.BtlException;
import io.openib.mca.ComponentLoader;
import io.openib.mca.Parameter;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.Launchers;
import io.openib.runtime.RuntimeParameters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The component, with two parameters of its own. */
public final class ForeignComponent implements BtlComponent {
    /** How many bytes may wait for a peer. */
    public static final Parameter<Integer> QUEUE = Parameter.integer("btl_foreign_queue")
            .range(1 << 16, 1 << 28)
            .defaultValue(1 << 23)
            .unit("bytes")
            .help("How many bytes may wait for a peer.")
            .build();

    /** What completes, and arrives, without its bytes; for those who say that they would notice. */
    public static final Parameter<String> FORGETS = Parameter.string("btl_foreign_forgets")
            .defaultValue("")
            .help("Messages of a tag (6), or puts to rank 1 from a number on (put24), that arrive without their bytes.")
            .build();

    @Override
    public String name() {
        return "foreign";
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
    public void discover(ComponentLoader loader) {}

    @Override
    public List<Parameter<?>> parameters() {
        List<Parameter<?>> parameters = new ArrayList<>(new RuntimeParameters().parameters());
        parameters.add(QUEUE);
        parameters.add(FORGETS);
        return parameters;
    }

    @Override
    public Btl open(BtlContext context) {
        JobRuntime runtime = Launchers.open(context.environment(), context.parameters());
        try {
            return new ForeignBtl(
                    runtime,
                    context.parameters().value(QUEUE),
                    new Forgetfulness(runtime.rank(), context.parameters().value(FORGETS)));
        } catch (IOException e) {
            runtime.close();
            throw new BtlException("cannot connect the mesh: " + e.getMessage(), e);
        }
    }
}
