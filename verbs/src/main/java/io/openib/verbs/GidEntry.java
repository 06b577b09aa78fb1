package io.openib.verbs;

/**
 * {@code struct ibv_gid_entry}: a row of a port's GID table.
 *
 * @param gid the zero GID for an empty row
 * @param index its row
 * @param port from 1
 * @param type how packets sent with it look on the wire
 */
public record GidEntry(Gid gid, int index, int port, GidType type) {}
