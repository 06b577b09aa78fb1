/** A transport that somebody else might ship: over TCP, with nothing but the contract {@code io.openib.btl}. */
@NullMarked
package io.openib.tests.system.foreign;

import org.jspecify.annotations.NullMarked;
