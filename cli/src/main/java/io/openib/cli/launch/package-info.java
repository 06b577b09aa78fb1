/** Starts the ranks of a job on this machine, watches over them, and ends them. */
@NullMarked
package io.openib.cli.launch;

import org.jspecify.annotations.NullMarked;
