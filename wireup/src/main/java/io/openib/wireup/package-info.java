/**
 * How queue pairs get connected is a black box: a {@link io.openib.wireup.WireupComponent}, of which one parameter names
 * the one to use. What a transport asks of it is two sentences: whenever you finish a connection that a peer asked for, call
 * {@link io.openib.wireup.IncomingConnections} (X); create a connection to this peer and, when done, call
 * {@link io.openib.wireup.OutgoingConnection} (Y).
 *
 * <p>All callbacks of one port come on its {@linkplain io.openib.wireup.WireupPort#control() control thread}, never while
 * a caller's lock is held. Calls into a module or a request may come from any thread and never block.
 */
@NullMarked
package io.openib.wireup;

import org.jspecify.annotations.NullMarked;
