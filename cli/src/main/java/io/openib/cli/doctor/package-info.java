/** What stops, or would slow, RDMA on this machine. */
@NullMarked
package io.openib.cli.doctor;

import org.jspecify.annotations.NullMarked;
