/**
 * The contract of {@code io.openib.verbs} as tests. A provider of devices inherits {@link
 * io.openib.verbs.testkit.DeviceContract} twice, with the peer in the same process and in another one, and {@link
 * io.openib.verbs.testkit.PeerProcessContract} beside the second.
 *
 * <p>Every case holds for InfiniBand and RoCE hardware through libibverbs too; where devices are known to differ a case asks
 * {@link io.openib.verbs.testkit.DeviceTraits}, which says why. A case drives two {@linkplain
 * io.openib.verbs.testkit.Side sides} by the same calls, wherever they run, so that "between processes" is the same suite
 * and not a copy.
 */
@NullMarked
package io.openib.verbs.testkit;

import org.jspecify.annotations.NullMarked;
