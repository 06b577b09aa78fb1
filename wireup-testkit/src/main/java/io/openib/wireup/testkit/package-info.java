/**
 * Each promise of the black box as cases. A scheme's own test extends {@link io.openib.wireup.testkit.WireupContract} and says
 * how its component is made and on which {@link io.openib.wireup.testkit.Fabric} it runs.
 */
@NullMarked
package io.openib.wireup.testkit;

import org.jspecify.annotations.NullMarked;
