package io.openib.verbs;

/** The link layer of a port; {@code UNSPECIFIED} reads as InfiniBand. */
public enum LinkLayer {
    UNSPECIFIED,
    INFINIBAND,
    ETHERNET
}
