/** What a component implements that calls post and poll in a way of its own; {@code verbs-ffm} is one. */
@NullMarked
package io.openib.verbs.jna.calls;

import org.jspecify.annotations.NullMarked;
