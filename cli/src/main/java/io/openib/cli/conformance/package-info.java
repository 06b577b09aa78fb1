/** The contract suites between the ranks of a job: a cluster's own test. */
@NullMarked
package io.openib.cli.conformance;

import org.jspecify.annotations.NullMarked;
