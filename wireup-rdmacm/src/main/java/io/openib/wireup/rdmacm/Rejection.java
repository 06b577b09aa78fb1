package io.openib.wireup.rdmacm;

/**
 * A rejection by a member of the job.
 *
 * @param reason why
 * @param about the head of the rejected request, source and destination as in the request
 * @param text one sentence
 */
record Rejection(RejectionReason reason, Hello about, String text) {}
