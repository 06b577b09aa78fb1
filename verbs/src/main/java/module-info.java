/** The vocabulary of libibverbs and librdmacm in Java, and the SPI by which a provider of devices is found. */
module io.openib.verbs {
    requires static transitive org.jspecify;

    exports io.openib.verbs;
    exports io.openib.verbs.cm;

    uses io.openib.verbs.VerbsProvider;
}
