/**
 * Parameters as data: declared once with type, range, default and help; set from a file, the API, the command line or
 * the environment; resolved once, with every problem told together and every value knowing where it came from. Also
 * the selection of components by name and the loading of those that somebody else ships.
 *
 * <p>Everything here is cold: it runs before the first message. All types are immutable or confined to the thread that
 * builds them, unless they say otherwise.
 */
@NullMarked
package io.openib.mca;

import org.jspecify.annotations.NullMarked;
