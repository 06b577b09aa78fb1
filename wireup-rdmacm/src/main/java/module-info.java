/** Wireup over the RDMA connection manager. */
module io.openib.wireup.rdmacm {
    requires io.openib.wireup;
    requires static transitive org.jspecify;
    requires org.slf4j;

    provides io.openib.wireup.WireupComponent with
            io.openib.wireup.rdmacm.RdmaCmComponent;
}
