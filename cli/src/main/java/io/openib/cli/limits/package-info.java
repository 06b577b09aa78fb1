/** What two cores of this machine can do at best, measured without any transport. */
@NullMarked
package io.openib.cli.limits;

import org.jspecify.annotations.NullMarked;
