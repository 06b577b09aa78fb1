/**
 * Wireup over TCP, out of the fabric's band: the symmetric handshake carried by one TCP connection a pair, which is there
 * only while the pair wires up.
 */
@NullMarked
package io.openib.wireup.oob;

import org.jspecify.annotations.NullMarked;
