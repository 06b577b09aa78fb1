/** What travels, and how it is laid out: the header of a message, the id of a work request, the modex, the queue spec. */
@NullMarked
package io.openib.btl.openib.wire;

import org.jspecify.annotations.NullMarked;
