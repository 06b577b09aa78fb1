package io.openib.verbs.testkit;

import java.io.Serializable;

/**
 * A scatter or gather entry.
 *
 * @param address a region's address and an offset
 * @param lengthBytes its length
 * @param lkey the region's key
 */
public record Sge(long address, int lengthBytes, int lkey) implements Serializable {}
