/** The {@code openib} command and its subcommands {@code run} and {@code info}. */
@NullMarked
package io.openib.cli;

import org.jspecify.annotations.NullMarked;
