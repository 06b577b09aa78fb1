/** Registered memory: slabs cut into fragments, and pools of them. */
@NullMarked
package io.openib.btl.openib.memory;

import org.jspecify.annotations.NullMarked;
