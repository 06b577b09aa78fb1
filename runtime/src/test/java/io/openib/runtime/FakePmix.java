package io.openib.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A PMIx library and its server for one rank of a job, which get stuck, refuse and vanish as told. */
final class FakePmix implements PmixCalls {
    private final int rank;
    private final int size;
    private final Map<String, byte[]> values = new ConcurrentHashMap<>();
    private final List<String> asked = new ArrayList<>();
    private volatile CountDownLatch released = new CountDownLatch(1);
    private volatile CountDownLatch stuck = new CountDownLatch(1);
    private EventHandler handler = () -> {};
    private volatile String stuckIn = "";
    private volatile String refused = "";
    private volatile int refusal;
    private volatile @Nullable String ranksHere;
    private volatile boolean isJoined;

    FakePmix(int rank, int size) {
        this.rank = rank;
        this.size = size;
    }

    FakePmix ranksHere(String ranks) {
        ranksHere = ranks;
        return this;
    }

    /** From now on this call does not return. */
    FakePmix stickIn(String call) {
        stuckIn = call;
        return this;
    }

    FakePmix refuse(String call, int status) {
        refused = call;
        refusal = status;
        return this;
    }

    /** What another rank has put. */
    void publish(int from, String key, byte[] value) {
        values.put(from + key, value);
    }

    void awaitStuck() throws InterruptedException {
        stuck.await();
    }

    /** Lets the call go that is stuck; the next one may get stuck in turn. */
    void renew() {
        CountDownLatch before = released;
        released = new CountDownLatch(1);
        stuck = new CountDownLatch(1);
        before.countDown();
    }

    void release() {
        released.countDown();
    }

    void lose() {
        handler.onLost();
    }

    synchronized List<String> asked() {
        return List.copyOf(asked);
    }

    private void enter(String call) throws PmixException {
        synchronized (this) {
            asked.add(call);
        }
        if (call.equals(stuckIn)) {
            CountDownLatch release = released;
            stuck.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        if (call.equals(refused)) {
            throw new PmixException(call, refusal, "NO");
        }
    }

    @Override
    public String version() {
        return "FakePMIx 4.0";
    }

    @Override
    public Member init(EventHandler handler) throws PmixException {
        this.handler = handler;
        enter("init");
        isJoined = true;
        return new Member("job 1.7@3", rank);
    }

    @Override
    public int jobNumber(String key) {
        return size;
    }

    @Override
    public Optional<String> jobText(String key) {
        return Optional.ofNullable(ranksHere);
    }

    @Override
    public void put(String key, byte[] value) throws PmixException {
        enter("put");
        values.put(rank + key, value);
    }

    @Override
    public void fence() throws PmixException {
        enter("fence");
    }

    @Override
    public Optional<byte[]> get(int from, String key) throws PmixException {
        enter("get");
        return Optional.ofNullable(values.get(from + key));
    }

    @Override
    public void abort(int status, String message) throws PmixException {
        enter("abort " + status);
    }

    @Override
    public void leave() throws PmixException {
        if (isJoined) {
            isJoined = false;
            enter("leave");
        }
    }
}
