/** What needs a kernel RDMA device; run by {@code tests/soft-roce/run}. */
@NullMarked
package io.openib.tests.rdma;

import org.jspecify.annotations.NullMarked;
