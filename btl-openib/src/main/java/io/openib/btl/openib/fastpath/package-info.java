/**
 * The hot side: lanes to connected peers, what is sent and received on them, credits, completions, put and get.
 *
 * <p>Everything here belongs to the owner, the thread that calls {@code progress()}, except where a method says that it
 * prepares a lane: that is done by the control thread before the owner hears of the lane. Nothing here allocates, locks,
 * logs or throws once things run.
 */
@NullMarked
package io.openib.btl.openib.fastpath;

import org.jspecify.annotations.NullMarked;
