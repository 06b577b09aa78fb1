/**
 * The cold side: what is known of each peer, and how the connection to it comes and goes. An endpoint belongs to the
 * control thread, which never waits for the owner and is never waited for.
 */
@NullMarked
package io.openib.btl.openib.endpoint;

import org.jspecify.annotations.NullMarked;
