package io.openib.verbs.testkit;

import java.io.Serializable;

/**
 * What a side found in the messages that it took and whose receives it posted again.
 *
 * @param messages how many
 * @param outOfOrder whose sequence number was not the next of its queue pair
 * @param failed completions that were no success
 */
public record Drained(int messages, int outOfOrder, int failed) implements Serializable {}
