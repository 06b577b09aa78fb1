/**
 * Identity, size, locality, put / fence / get of small blobs, abort, and the notice that a peer has died.
 *
 * <p>A process asks {@link io.openib.runtime.Launchers} for its {@link io.openib.runtime.JobRuntime}; a launcher serves
 * its ranks with a {@link io.openib.runtime.Pmi1Server}.
 */
@NullMarked
package io.openib.runtime;

import org.jspecify.annotations.NullMarked;
