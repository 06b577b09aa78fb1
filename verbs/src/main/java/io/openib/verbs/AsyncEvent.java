package io.openib.verbs;

import org.jspecify.annotations.Nullable;

/**
 * {@code struct ibv_async_event}.
 *
 * @param type what happened
 * @param element the {@link QueuePair}, {@link CompletionQueue} or {@link SharedReceiveQueue} that it happened to; null for
 *     events of a port or the device
 * @param port the port, of port events; else 0
 */
public record AsyncEvent(AsyncEventType type, @Nullable AutoCloseable element, int port) {}
