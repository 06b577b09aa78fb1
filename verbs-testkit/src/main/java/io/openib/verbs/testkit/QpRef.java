package io.openib.verbs.testkit;

import java.io.Serializable;

/**
 * A queue pair of a side.
 *
 * @param handle the side's handle
 * @param number for the peer
 * @param sendCq handle of its send completion queue
 * @param recvCq handle of its receive completion queue
 */
public record QpRef(int handle, int number, int sendCq, int recvCq) implements Serializable {}
