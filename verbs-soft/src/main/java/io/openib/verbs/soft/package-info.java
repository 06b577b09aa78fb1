/**
 * The embedded software device. {@code SoftAdapter} is the process's one adapter: its arena, its tables and its device
 * thread; {@code SoftDevice} is a context on it. A post moves the bytes itself and writes the completion, as an HCA does
 * without the target's processor; what cannot be done at once the device thread carries on.
 */
@NullMarked
package io.openib.verbs.soft;

import org.jspecify.annotations.NullMarked;
