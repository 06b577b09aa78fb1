package io.openib.verbs;

/**
 * {@code struct ibv_qp_cap}. A device may give more than was asked for.
 *
 * @param maxSendWr sends outstanding
 * @param maxRecvWr receives posted; 0 with a shared receive queue
 * @param maxSendSge gather entries of a send
 * @param maxRecvSge scatter entries of a receive
 * @param maxInlineData bytes of an inline send
 */
public record QpCapabilities(int maxSendWr, int maxRecvWr, int maxSendSge, int maxRecvSge, int maxInlineData) {}
