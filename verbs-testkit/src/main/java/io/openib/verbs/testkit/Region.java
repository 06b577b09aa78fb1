package io.openib.verbs.testkit;

import java.io.Serializable;

/**
 * A memory region of a side, as work requests and the peer name it.
 *
 * @param handle the side's handle
 * @param address of its first byte
 * @param lengthBytes its length
 * @param lkey for the side's own entries
 * @param rkey for the peer
 */
public record Region(int handle, long address, long lengthBytes, int lkey, int rkey) implements Serializable {
    /** An entry that names a part of it. */
    public Sge part(long offset, int length) {
        return new Sge(address + offset, length, lkey);
    }
}
