/**
 * The byte transfer layer: active messages, put, get and atomics among the ranks of a job. A program compiles against
 * this package alone; {@link io.openib.btl.Btl#open()} finds a transport, joins the job and gives back a {@link
 * io.openib.btl.Btl}.
 *
 * <p><b>Threads.</b> A transport has one owner, the only thread that may call {@link io.openib.btl.Btl#progress()}: the
 * one that opened it, until another one {@linkplain io.openib.btl.Btl#adopt() adopts} it ({@link io.openib.btl.BtlAgent}
 * does, and does what only the owner may when it is {@linkplain io.openib.btl.BtlAgent#execute told to}). All callbacks run on the owner, within {@code progress()} or {@link io.openib.btl.Btl#close()}. Communication calls may come from any thread; those of
 * another thread go to the owner through a bounded queue, and {@link io.openib.btl.BtlStatus#BACK_PRESSURE} says that it
 * is full; the {@link io.openib.btl.RoomHandler} hears, on the owner, when there is room again. Those to one peer are done in their
 * order. There OK means that the call is on its way to the owner: what the owner would have been answered, PEER_FAILED, UNSUPPORTED or INVALID,
 * its completion handler is told, and nobody where there is none; an atomic waits for a connection there. Calls to a peer that takes nothing at the moment, or is not connected yet, wait by themselves: every other peer has room in the
 * queue for at least one.
 *
 * <p><b>Callbacks</b> may send, put, get, connect and register receives. They must not block, and what they call never
 * comes back into another callback: {@code progress()} within a callback does nothing and returns 0. A callback that
 * throws is logged and changes nothing else.
 *
 * <p><b>Order.</b> Active messages to one peer are delivered in the order sent only as far as they travel on the same
 * receive queue, that is, as far as the transport picks the same queue for their lengths. Nothing is promised between
 * messages, puts, gets and atomics, or between peers.
 *
 * <p><b>Completion.</b> A call that returns {@link io.openib.btl.BtlStatus#OK} completes exactly once: its handler is
 * called with OK, or with a negative code that means "may or may not have arrived". A call that returns a negative code
 * did nothing, and its handler is never called.
 */
@NullMarked
package io.openib.btl;

import org.jspecify.annotations.NullMarked;
