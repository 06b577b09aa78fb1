/** The installed libibverbs and librdmacm, called through JNA. Naming a class here loads no native library. */
module io.openib.verbs.jna {
    requires com.sun.jna;
    requires transitive io.openib.mca;
    requires transitive io.openib.verbs;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.openib.verbs.jna;
    exports io.openib.verbs.jna.calls;

    uses io.openib.verbs.jna.calls.HotCallsComponent;

    provides io.openib.verbs.VerbsProvider with
            io.openib.verbs.jna.JnaVerbsProvider;
}
