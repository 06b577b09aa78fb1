/** The black box that connects queue pairs: its contract, what all schemes share, and the selection of a scheme. */
module io.openib.wireup {
    requires transitive io.openib.mca;
    requires transitive io.openib.verbs;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.openib.wireup;

    uses io.openib.wireup.WireupComponent;
}
