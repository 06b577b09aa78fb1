package io.openib.btl.openib;

import io.openib.runtime.JobRuntime;
import io.openib.runtime.Locality;
import io.openib.runtime.OpenibRuntimeException;
import io.openib.runtime.PeerDeath;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** A job that lives within this process alone, and of which nobody else can know: its name and its secret are random. */
final class RehearsalJob {
    private static final int SECRET_BYTES = 32;
    private static final int NAME_BYTES = 8;

    private final int size;
    private final byte[] secret = random(SECRET_BYTES);
    private final String id = "rehearsal_" + HexFormat.of().formatHex(random(NAME_BYTES));
    private final Map<String, byte[]> values = new ConcurrentHashMap<>();

    RehearsalJob(int size) {
        this.size = size;
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    JobRuntime rank(int rank) {
        return new Rank(rank);
    }

    private final class Rank implements JobRuntime {
        private final int rank;

        Rank(int rank) {
            this.rank = rank;
        }

        @Override
        public int rank() {
            return rank;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public String jobId() {
            return id;
        }

        @Override
        public String hostName() {
            return "localhost";
        }

        @Override
        public String launcher() {
            return "rehearsal";
        }

        @Override
        public Locality locality() {
            return Locality.everyRankHere(rank, size);
        }

        @Override
        public Optional<byte[]> jobSecret() {
            return Optional.of(secret.clone());
        }

        @Override
        public void put(String key, byte[] value) {
            values.put(rank + key, value.clone());
        }

        @Override
        public Optional<byte[]> get(int from, String key) {
            return Optional.ofNullable(values.get(from + key)).map(byte[]::clone);
        }

        /** One thread opens all ranks, one after the other, so there is nobody to wait for. */
        @Override
        public void fence(long timeoutMs) {
            // nobody gets anything before all are open
        }

        @Override
        public void onPeerDied(Consumer<PeerDeath> handler) {
            // they live and die together
        }

        @Override
        public void onLauncherLost(Consumer<OpenibRuntimeException> handler) {
            // there is none
        }

        @Override
        public void abort(int status, String message) {
            // the rehearsal ends by itself
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
