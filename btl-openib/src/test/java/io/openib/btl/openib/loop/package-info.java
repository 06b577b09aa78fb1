/** A device within one JVM that moves bytes when a request is posted: just enough of verbs to drive the transport. */
@NullMarked
package io.openib.btl.openib.loop;

import org.jspecify.annotations.NullMarked;
