package io.openib.btl;

/**
 * What is known of a rank of the job.
 *
 * @param rank its number
 * @param host the host it runs on
 * @param pid its process id
 * @param device the device and port that reach it, for example {@code soft0:1}
 * @param reason why that one
 */
public record PeerAttributes(int rank, String host, long pid, String device, String reason) {}
