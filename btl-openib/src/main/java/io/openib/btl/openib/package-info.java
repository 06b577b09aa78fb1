/** The wiring point: component, parameters, modules, and the transport that a program holds. */
@NullMarked
package io.openib.btl.openib;

import org.jspecify.annotations.NullMarked;
