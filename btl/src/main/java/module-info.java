/** The transport contract that a message-passing library programs against, and the selection of a transport. */
module io.openib.btl {
    requires transitive io.openib.mca;
    requires static transitive org.jspecify;

    exports io.openib.btl;

    uses io.openib.btl.BtlComponent;
}
