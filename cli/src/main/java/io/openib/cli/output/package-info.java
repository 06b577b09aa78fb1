/** How results, progress and failures are shown. */
@NullMarked
package io.openib.cli.output;

import org.jspecify.annotations.NullMarked;
