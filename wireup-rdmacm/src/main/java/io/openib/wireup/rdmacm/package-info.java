/**
 * Wireup over the RDMA connection manager: one exchange of the connection manager connects all queue pairs of a pair of
 * peers. {@code docs/wireup-rdmacm.md} draws it.
 */
@NullMarked
package io.openib.wireup.rdmacm;

import org.jspecify.annotations.NullMarked;
