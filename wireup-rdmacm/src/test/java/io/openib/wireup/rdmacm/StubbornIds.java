package io.openib.wireup.rdmacm;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionManager;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A connection manager whose ids are counted, and say that they cannot be closed, once they are told to, though they are. */
final class StubbornIds {
    final CountDownLatch isChannelClosed = new CountDownLatch(1);
    final AtomicInteger refused = new AtomicInteger();
    /** Those that nobody has closed yet; what the peer's requests bring is not among them. */
    final Set<CmId> open = ConcurrentHashMap.newKeySet();

    volatile boolean isStubborn;

    ConnectionManager of(ConnectionManager manager) {
        return new WrappedChannels(manager, Channel::new);
    }

    private CmId stubborn(CmId id) {
        return (CmId) Proxy.newProxyInstance(
                CmId.class.getClassLoader(), new Class<?>[] {CmId.class}, (proxy, call, told) -> {
                    try {
                        Object answer = call.invoke(id, told);
                        if (call.getName().equals("close")) {
                            open.remove(id);
                        }
                        if (isStubborn && call.getName().equals("close")) {
                            refused.incrementAndGet();
                            throw new VerbsException("rdma_destroy_id", "soft0", Errno.EBUSY, "it is stubborn");
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private final class Channel extends WrappedChannel {
        Channel(CmEventChannel real) {
            super(real);
        }

        @Override
        public CmId createId() {
            CmId id = super.createId();
            open.add(id);
            return stubborn(id);
        }

        @Override
        public void close() {
            super.close();
            isChannelClosed.countDown();
        }
    }
}
