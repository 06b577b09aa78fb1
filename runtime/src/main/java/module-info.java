/** Who am I, who are my peers: launcher clients, key exchange, and the small PMI-1 server of our own launcher. */
module io.openib.runtime {
    requires transitive io.openib.mca;
    requires static transitive org.jspecify;
    requires com.sun.jna;
    requires org.slf4j;

    exports io.openib.runtime;
}
