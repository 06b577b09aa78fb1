/** Tests that start real processes through {@code ./openib}. */
@NullMarked
package io.openib.tests.system;

import org.jspecify.annotations.NullMarked;
