/** The arrows between modules and packages, and proof that each way of holding them refuses what it should. */
@NullMarked
package io.openib.tests.arch;

import org.jspecify.annotations.NullMarked;
