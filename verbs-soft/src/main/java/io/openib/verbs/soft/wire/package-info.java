/**
 * The wire between hosts: sockets, frames and who may speak. It knows nothing of queue pairs; docs/soft-device.md says what
 * they make of it.
 */
@NullMarked
package io.openib.verbs.soft.wire;

import org.jspecify.annotations.NullMarked;
