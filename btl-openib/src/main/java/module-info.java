/** The first transport: active messages, put, get and atomics over verbs, as Open MPI's openib BTL did them. */
module io.openib.btl.openib {
    requires io.openib.btl;
    requires io.openib.runtime;
    requires io.openib.verbs;
    requires io.openib.wireup;
    requires org.jctools.core;
    requires org.slf4j;
    requires static transitive org.jspecify;

    uses io.openib.verbs.VerbsProvider;
    uses io.openib.wireup.WireupComponent;

    provides io.openib.btl.BtlComponent with
            io.openib.btl.openib.OpenibComponent;
}
