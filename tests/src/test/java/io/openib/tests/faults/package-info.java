/** Each line of bad input and each way to lose a peer, with real processes. */
@NullMarked
package io.openib.tests.faults;

import org.jspecify.annotations.NullMarked;
