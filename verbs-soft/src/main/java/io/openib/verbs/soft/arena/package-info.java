/**
 * Memory that processes of one host share: an arena per process, made of a few large files that every peer maps once.
 *
 * <p>An address is a segment's number in its upper half and an offset in its lower; it means something only together with
 * the arena it belongs to. Every line of an arena has one writer, but for the words that say they are claimed by
 * compare-and-set. {@code docs/soft-device.md} draws what lies where.
 */
@NullMarked
package io.openib.verbs.soft.arena;

import org.jspecify.annotations.NullMarked;
