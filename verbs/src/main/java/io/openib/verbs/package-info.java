/**
 * libibverbs in Java: the same objects, states, flags, status codes and rules under the same names.
 *
 * <p><b>Cold calls</b> (create, modify, query, register, close) may be made from any thread, may allocate and may block
 * briefly; they fail with {@link io.openib.verbs.VerbsException}, which carries the call, the errno and the place.
 *
 * <p><b>Hot calls</b> (post, poll, request notification) allocate nothing, throw nothing for an expected outcome and
 * return {@code 0} or a count, or {@code -errno} ({@link io.openib.verbs.Errno}). Calls on one send queue, one receive
 * queue or one completion queue are serialised by the caller; different objects, also queue pairs that share a completion
 * queue, may be used by different threads at once.
 *
 * <p>Addresses in work requests are always {@code MemoryRegion.address() + offset}: on some devices an I/O address of the
 * device's own choosing, which no code may compute from a Java buffer.
 */
@NullMarked
package io.openib.verbs;

import org.jspecify.annotations.NullMarked;
