/**
 * The connection manager of the software device: what librdmacm and the kernel's IB CM do, over TCP.
 *
 * <p>A bound id listens on the TCP port of that number. Every exchange has a TCP connection of its own, which carries REQ,
 * MRA, REP, RTU, REJ, DREQ and DREP as small frames and stays open as long as the connection does, so that the death of a
 * process is a DISCONNECTED at its peer. TCP loses nothing, but the fault injector does: every message that waits for an
 * answer is repeated a bounded number of times, and duplicates are tolerated.
 *
 * <p>All state of a connection manager is guarded by one lock, its {@code CmAgent}; it is cold. One daemon thread reads
 * sockets and runs timers while at least one event channel is open.
 */
@NullMarked
package io.openib.verbs.soft.cm;

import org.jspecify.annotations.NullMarked;
