package io.openib.verbs.jna;

import io.openib.verbs.Availability;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.ConnectionManager;
import java.util.function.Supplier;

/** librdmacm; it opens devices of its own, whose names are those of the provider. */
final class JnaConnectionManager implements ConnectionManager {
    private static final String CREATE = "rdma_create_event_channel";

    private final Supplier<String> libraryName;
    private final Supplier<IbverbsLibrary> ibverbs;

    JnaConnectionManager(Supplier<String> libraryName, Supplier<IbverbsLibrary> ibverbs) {
        this.libraryName = libraryName;
        this.ibverbs = ibverbs;
    }

    @Override
    public Availability availability() {
        try {
            RdmacmLibrary library = load();
            openChannel(library).close();
            return Availability.usable(library.file());
        } catch (UnsupportedStackException e) {
            return Availability.unusable(e.reason());
        } catch (VerbsException e) {
            return Availability.unusable(e.getMessage()
                    + "; load the kernel module rdma_ucm and see that /dev/infiniband/rdma_cm can be opened");
        } catch (LinkageError e) {
            return Availability.unusable(JnaVerbsProvider.withoutJna(e));
        }
    }

    @Override
    public boolean hasEstablish() {
        return true; // a librdmacm without it is none that can be used
    }

    @Override
    public CmEventChannel createEventChannel() {
        return openChannel(load());
    }

    private JnaCmEventChannel openChannel(RdmacmLibrary library) {
        long channel = Failures.check(library.calls().createEventChannel(), CREATE, "this host");
        return new JnaCmEventChannel(library, library.ibverbs(), channel);
    }

    private RdmacmLibrary load() {
        return RdmacmLibrary.load(libraryName.get(), ibverbs.get());
    }
}
