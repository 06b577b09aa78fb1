/** What a job's parameters leave of the devices here. */
@NullMarked
package io.openib.cli.devices;

import org.jspecify.annotations.NullMarked;
