/**
 * The provider {@code jna}: devices of the installed libibverbs, connections by the installed librdmacm, no compiler and
 * no native code of ours.
 *
 * <p>Layers, each using only those before it: memory and struct layouts ({@code NativeMemory}, {@code ...Layout}); calls
 * ({@code SharedLibrary}, {@code NativeBinding}, {@code Ibverbs}, {@code Rdmacm}, {@code HotCalls}); load-time checks
 * ({@code DeviceChecks}); the objects of verbs.
 *
 * <p>A layout is trusted only after the checks have seen it on the device at hand. What a check refuses is refused with
 * one line; nothing is called on a guess.
 */
@NullMarked
package io.openib.verbs.jna;

import org.jspecify.annotations.NullMarked;
