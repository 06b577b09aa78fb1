/**
 * librdmacm in Java: ids that never own a queue pair, connection parameters with private data, and events.
 *
 * <p>A call on an id starts a step; its outcome arrives as a {@link io.openib.verbs.cm.CmEvent} on the id's channel. An
 * event is a copy, acknowledged before it is handed out, so that closing an id never waits for a reader. Calls may be made
 * from any thread; one thread at a time waits on a channel.
 */
@NullMarked
package io.openib.verbs.cm;

import org.jspecify.annotations.NullMarked;
