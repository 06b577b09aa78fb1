/** Programs that come with the command. They use the transport contract {@code io.openib.btl} and nothing beneath it. */
@NullMarked
package io.openib.cli.programs;

import org.jspecify.annotations.NullMarked;
