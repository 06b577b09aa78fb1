package io.openib.verbs;

/** {@code struct ibv_ah}. */
public interface AddressHandle extends AutoCloseable {
    /** {@code ibv_destroy_ah}. */
    @Override
    void close();
}
