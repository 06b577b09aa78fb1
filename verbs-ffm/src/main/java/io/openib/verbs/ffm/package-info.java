/** The component {@code ffm} of {@code verbs_native_calls}: a call costs a few nanoseconds, and no native code of JNA's. */
@NullMarked
package io.openib.verbs.ffm;

import org.jspecify.annotations.NullMarked;
