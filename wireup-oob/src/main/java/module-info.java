/** Wireup over TCP. */
module io.openib.wireup.oob {
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.transport;
    requires transitive io.openib.wireup;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.openib.wireup.oob;

    provides io.openib.wireup.WireupComponent with
            io.openib.wireup.oob.OobComponent;
}
