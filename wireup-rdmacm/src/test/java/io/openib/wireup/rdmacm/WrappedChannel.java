package io.openib.wireup.rdmacm;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import org.jspecify.annotations.Nullable;

/** A channel that does what another one does, but for what is overridden. */
class WrappedChannel implements CmEventChannel {
    private final CmEventChannel real;

    WrappedChannel(CmEventChannel real) {
        this.real = real;
    }

    @Override
    public CmId createId() {
        return real.createId();
    }

    @Override
    public @Nullable CmEvent next(long timeoutMs) throws InterruptedException {
        return real.next(timeoutMs);
    }

    @Override
    public void wakeup() {
        real.wakeup();
    }

    @Override
    public void close() {
        real.close();
    }
}
